/** `validate` of a route: to which description its requests and replies are held. */
import { z } from 'zod';
import { sizeBytes } from '../settings/settings.ts';

const schema = z.union([z.string().min(1), z.record(z.string(), z.unknown())], {
  error: 'expected a JSON Schema, or the path of a file that holds one',
});

const mediaRange = z
  .string()
  .regex(
    /^[a-z0-9!#$&^_.+-]+\/([a-z0-9!#$&^_.+-]+|\*)$/,
    'expected a media type in lower case such as application/json, or text/*',
  );

const common = {
  request: z
    .boolean()
    .default(true)
    .describe('Whether requests are held to it; one that is not as described is 400'),
  unknownQuery: z
    .enum(['allow', 'refuse'])
    .default('allow')
    .describe('What becomes of query parameters that are not described'),
  patterns: z
    .enum(['linear', 'any'])
    .default('linear')
    .describe(
      'linear: the patterns of schemas run in linear time, and others are faults. any: whatever JavaScript takes, in time that a client may make run away',
    ),
  strict: z
    .boolean()
    .default(true)
    .describe('Whether keywords of schemas that are not known are faults rather than ignored'),
};

const openapi = z.strictObject({
  openapi: z.string().min(1).describe('An OpenAPI document (3.1 or 3.0), as YAML or JSON'),
  operation: z
    .string()
    .optional()
    .describe('The operationId of the only operation here; by default it is found by path and method'),
  path: z
    .enum(['backend', 'client'])
    .default('backend')
    .describe("Which path the document speaks of: as rewritten for the backend, or the client's own"),
  unknown: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('What becomes of paths and methods that are not described: 404 and 405, or they go by unseen'),
  unread: z
    .array(mediaRange)
    .default([])
    .describe('Media types whose bodies go by unread though the document has a schema for them'),
  response: z
    .enum(['off', 'log', 'enforce'])
    .default('off')
    .describe(
      'Whether replies are held to it: only counted and logged, or 502 where they are not as described',
    ),
  maxResponse: sizeBytes.prefault('1MiB').describe('Replies past it are not read; with enforce they are 502'),
  ...common,
});

const inline = z.strictObject({
  params: schema.optional().describe("JSON Schema of an object: the :parameters of the route's path"),
  query: schema.optional().describe('JSON Schema of an object: the parameters of the query'),
  headers: schema.optional().describe('JSON Schema of an object: header fields, in lower case'),
  body: schema.optional().describe('JSON Schema of the body, which is JSON or a form'),
  contentTypes: z
    .array(mediaRange)
    .min(1)
    .optional()
    .describe('Media types of bodies that are taken; with body application/json by default'),
  bodyRequired: z.boolean().default(true).describe('Whether there must be a body where body is set'),
  ...common,
});

export const validateConfig = z
  .union([openapi, inline])
  .describe('Holds requests, and replies if asked, to an OpenAPI document or to JSON Schemas');

export type OpenapiConfig = z.output<typeof openapi>;
export type InlineConfig = z.output<typeof inline>;
export type ValidateConfig = z.output<typeof validateConfig>;

/** The settings of it that may name files. */
export const SCHEMA_SETTINGS = ['params', 'query', 'headers', 'body'] as const;

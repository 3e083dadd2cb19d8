/** `frontdesk.types.yaml` of a BFF's package: the sources that its types are made from. */
import { z } from 'zod';
import { name } from '../settings/settings.ts';

const source = z
  .string()
  .min(1)
  .describe('A path relative to this file, or a file of a package: "@acme/schema/users.openapi.yaml".');

const template = z.string().startsWith('/').describe('A path as the document writes it: /users/{id}.');

const batch = z
  .strictObject({
    path: template.describe('The path of the list: /users.'),
    param: z.string().min(1).describe('The query parameter that takes the keys, joined by commas: ids.'),
    key: z.string().min(1).describe('The member of each item that carries its key: id.'),
    items: z
      .string()
      .min(1)
      .optional()
      .describe('The member of the answer that holds the items, where the answer is no list itself.'),
  })
  .describe('How several reads of the path become one.');

const upstream = z.strictObject({
  schema: source.describe('Its OpenAPI document (.yaml, .json) or its .proto file.'),
  paths: z
    .array(template)
    .min(1)
    .optional()
    .describe('Which paths of an OpenAPI document the BFF calls. Default: all.'),
  batch: z.record(template, batch).default({}).describe('Reads that are batched, by their path.'),
  strip: z
    .array(z.string().min(1))
    .default([])
    .describe('Members of answers that the gateway takes away: its upstreams.NAME.response.strip.'),
  service: z
    .string()
    .min(1)
    .optional()
    .describe('The full name of the service in a .proto file. Default: the only one there is.'),
});

/** What a custom scalar is in JSON. */
const SCALAR_TYPES = ['string', 'number', 'boolean', 'unknown'] as const;

export const typesConfig = z.strictObject({
  upstreams: z
    .record(name, z.union([source.transform((schema) => upstream.parse({ schema })), upstream]))
    .default({})
    .describe('What describes each backend, by its name under upstreams in the configuration.'),
  supergraph: source
    .optional()
    .describe('The schema of the graph: a supergraph, or its API schema. Default: none is read.'),
  operations: z
    .string()
    .min(1)
    .default('src')
    .describe("The folder whose *.graphql files are the team's operations on the graph."),
  schema: z.string().min(1).default('src/schema.graphql').describe("The BFF's own GraphQL schema."),
  scalars: z
    .record(z.string().min(1), z.enum(SCALAR_TYPES))
    .default({})
    .describe('What custom scalars are in JSON. Times, dates, UUID and URL are known as text.'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope without spaces (RFC 6749 §3.3)'))
    .min(1)
    .optional()
    .describe('The scopes there are: others do not compile. Default: any text is a scope.'),
  output: z.string().min(1).default('src/generated').describe('The folder of the generated files.'),
});

export type TypesConfig = z.output<typeof typesConfig>;
export type UpstreamTypesConfig = TypesConfig['upstreams'][string];
export type BatchConfig = UpstreamTypesConfig['batch'][string];

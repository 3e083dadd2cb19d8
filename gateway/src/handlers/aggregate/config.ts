/** `to.aggregate` of a route: one answer of several backends', in KrakenD's words and with what they lack. */
import { z } from 'zod';
import { durationMs, fieldName, name, scopes, sizeBytes } from '../../settings/settings.ts';
import { requestFieldFault } from '../../wire/header-rules.ts';
import { checkJsonRules, jsonRulesShape } from '../../wire/json/json-reshape.ts';
import { isJsonObject } from '../../wire/json/json-value.ts';
import { fromXmlConfig } from '../../wire/json/xml-to-json.ts';
import { planAggregate } from './plan.ts';

const MAX_PARTS = 32;
const MAX_TEMPLATE_CHARS = 1024;

const template = z.string().max(MAX_TEMPLATE_CHARS);
const fieldTemplate = template.regex(/^[\x20-\x7e]*$/, 'expected printable ASCII');
const { wrap: _group, ...rules } = jsonRulesShape;

const fallbackConfig = z
  .strictObject({
    lastGood: durationMs
      .optional()
      .describe('How long what the same caller was last answered may stand in, kept in this process'),
    shared: z
      .boolean()
      .default(false)
      .describe('Whether any caller may be given the last good value: it is the same for everybody'),
    constant: z
      .unknown()
      .optional()
      .describe('What stands in otherwise, where `target` to `constant` would be'),
  })
  .superRefine((fallback, context) => {
    const fault = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (fallback.lastGood === undefined && fallback.constant === undefined)
      fault('constant', 'expected constant, lastGood or both');
    if (fallback.shared && fallback.lastGood === undefined) fault('shared', 'needs lastGood beside it');
  });

const aggregatePartConfig = z
  .strictObject({
    upstream: name.optional().describe('A name under upstreams'),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET').describe('The method'),
    path: template
      .optional()
      .describe(
        'Path and query, with {params.id}, {query.page?}, {identity.subject}, {body.x}, {otherPart.id}',
      ),
    query: z.record(z.string().min(1), template).default({}).describe('Further parameters of the query'),
    headers: z
      .record(fieldName, fieldTemplate)
      .default({})
      .describe("Header fields; of the client's none goes on by itself"),
    body: z.unknown().optional().describe('A JSON body; texts in it are templates'),
    graph: z
      .strictObject({
        operation: z.string().min(1).max(16_384).describe('A query of the federated graph'),
        variables: z
          .record(z.string(), z.unknown())
          .default({})
          .describe('Its variables; texts are templates'),
      })
      .optional()
      .describe('An operation of the graph, in place of upstream and path'),
    required: z.boolean().default(false).describe('Whether there is no answer at all without this part'),
    scopes: scopes.describe(
      'Scopes that a caller must have to be given this part, beside those of the route',
    ),
    timeout: durationMs.optional().describe("Longest time of this part; the route's deadline by default"),
    fallback: fallbackConfig
      .optional()
      .describe('What stands in for the part when it fails; null by default'),
    on404: z
      .enum(['failure', 'notFound', 'none'])
      .default('failure')
      .describe("What a 404 is: the part's failure, the whole answer (404), or a part that is null"),
    group: name
      .optional()
      .describe('The member that holds the part; without it its members are merged into the top'),
    fromXml: fromXmlConfig.prefault(true).describe('How XML answers are read'),
    ...rules,
  })
  .superRefine((part, context) => {
    checkJsonRules(part, context);
    const fault = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (part.graph) {
      for (const key of ['upstream', 'path', 'body'] as const) {
        if (part[key] !== undefined) fault([key], 'expected either graph or upstream and path');
      }
    } else {
      if (part.upstream === undefined) fault(['upstream'], 'expected a name under upstreams, or graph');
      if (part.path === undefined) fault(['path'], 'expected a path such as /users/{params.id}');
    }
    if (part.body !== undefined && part.method === 'GET') fault(['body'], 'a GET has no body');
    if (part.required && part.fallback) {
      fault(['fallback'], 'a required part has no fallback: without the part there is no answer');
    }
    const constant = part.fallback?.constant;
    if (constant !== undefined && part.group === undefined && !isJsonObject(constant)) {
      fault(['fallback', 'constant'], 'expected an object: without a group it is merged into the top');
    }
    if (part.on404 === 'notFound' && !part.required) {
      fault(['on404'], 'expected required: true beside it: a part that may be missing cannot be the answer');
    }
    for (const header of Object.keys(part.headers)) {
      const why = requestFieldFault(header);
      if (why !== undefined) fault(['headers', header], why);
    }
  });

const partName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'expected a letter, then letters, digits, - or _ (64 at most)');

export const aggregateConfig = z
  .strictObject({
    parts: z
      .record(partName, aggregatePartConfig)
      .refine((parts) => Object.keys(parts).length > 0, { message: 'expected at least one part' })
      .refine((parts) => Object.keys(parts).length <= MAX_PARTS, {
        message: `expected at most ${MAX_PARTS} parts`,
      })
      .describe('The parts by name, in the order in which they are merged'),
    maxSize: sizeBytes.prefault('4MiB').describe('Largest answer of one part'),
    errors: name
      .optional()
      .describe('The member that lists the parts that failed: [{ part, code }]; none by default'),
  })
  .superRefine((aggregate, context) => {
    for (const { path, message } of planAggregate(aggregate).faults) {
      context.addIssue({ code: 'custom', path: ['parts', ...path], message });
    }
  })
  .describe('One answer made of several backends’');

/**
 * The OpenAPI 3.1 document of a BFF: each operation of its REST face, with parameters from its input, answers from its
 * GraphQL schema, its examples, and how a caller proves who asks. Made from the definition, so that it can't lag behind.
 */
import type { GraphQLField, GraphQLSchema } from 'graphql';
import { type AnyOperation, type Bff, operationsOf } from '../../../bff/definition.ts';
import { ERRORS } from '../../../core/errors.ts';
import { problemType } from '../../../wire/problem-details.ts';
import { JsonTypes } from './json-types.ts';
import { operationEntry, type SecurityRequirement } from './operation-entry.ts';

export interface OpenapiOptions {
  /** Where it is mounted: the documents' server. */
  readonly mount: string;
  /** Security schemes by name, and the requirements of which one must hold. Default: nobody is asked. */
  readonly security?: OpenapiSecurity | undefined;
}

export interface OpenapiSecurity {
  readonly schemes: Readonly<Record<string, object>>;
  readonly requirements: readonly SecurityRequirement[];
}

/** A JSON value of an OpenAPI document. */
export type OpenapiDocument = Readonly<Record<string, unknown>>;

/** `schema` is the one that `bindSchema` made. */
export function bffOpenapi(
  bff: Pick<Bff, 'name' | 'screens' | 'flows' | 'live'>,
  schema: GraphQLSchema,
  { mount, security }: OpenapiOptions,
): OpenapiDocument {
  const types = new JsonTypes(schema);
  const paths: Record<string, object> = {};
  const options = { types, security: security?.requirements ?? [] };
  for (const operation of operationsOf(bff)) {
    const field = fieldOf(operation, schema);
    if (!field) continue;
    paths[operation.path] = { ...paths[operation.path], ...operationEntry(operation, field, options) };
  }
  const schemes = security?.schemes ?? {};
  const description = schema.getQueryType()?.description;
  return {
    openapi: '3.1.1',
    info: { title: bff.name, version: '1', ...(description ? { description } : {}) },
    servers: [{ url: mount }],
    paths,
    components: {
      ...SHARED_COMPONENTS,
      schemas: { ...types.components, ...SHARED_COMPONENTS.schemas },
      ...(Object.keys(schemes).length > 0 ? { securitySchemes: schemes } : {}),
    },
  };
}

const ROOTS = { screen: 'getQueryType', flow: 'getMutationType', live: 'getSubscriptionType' } as const;

function fieldOf(
  { kind, field }: AnyOperation,
  schema: GraphQLSchema,
): GraphQLField<unknown, unknown> | undefined {
  return schema[ROOTS[kind]]()?.getFields()[field];
}

/** RFC 9457, with the members that every problem of ours has. */
const PROBLEM = {
  type: 'object',
  description: 'What went wrong (RFC 9457)',
  required: ['type', 'title', 'status', 'requestId'],
  properties: {
    type: {
      type: 'string',
      description: 'Stable; new ones may come',
      examples: Object.keys(ERRORS).filter(isErrorCode).map(problemType),
    },
    title: { type: 'string' },
    status: { type: 'integer' },
    instance: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      description: 'Of a request that is not as its description says: each fault',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          detail: { type: 'string' },
          pointer: { type: 'string', description: 'A JSON Pointer into the input' },
          parameter: { type: 'string' },
        },
      },
    },
  },
};

/** What every document of ours refers to. */
export const SHARED_COMPONENTS = {
  schemas: { FrontdeskProblem: PROBLEM },
  parameters: {
    fields: {
      name: 'fields',
      in: 'query',
      description:
        'The fields that are wanted, by commas: `user,orders.total` or `orders(id,total)`. Only what they need is fetched, and the answer has them alone.',
      schema: { type: 'string', maxLength: 2048 },
    },
  },
  headers: {
    'Frontdesk-Incomplete': {
      description: 'The parts that are missing or partial, by commas; left out where the answer is whole',
      schema: { type: 'string' },
    },
  },
  responses: {
    Problem: {
      description: 'A problem',
      headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/FrontdeskProblem' } } },
    },
  },
};

function isErrorCode(text: string): text is keyof typeof ERRORS {
  return Object.hasOwn(ERRORS, text);
}

/** One operation of a BFF as an OpenAPI path item: its parameters, its body, its answers and its examples. */
import type { GraphQLField } from 'graphql';
import type { AnyOperation } from '../../../bff/definition.ts';
import type { InputMember } from '../../../bff/input.ts';
import type { OperationExample, OperationKind } from '../../../bff/operation.ts';
import type { JsonSchema, JsonTypes } from './json-types.ts';

/** The fields of a request by which it may prove who asks; one requirement must hold. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

export interface EntryOptions {
  readonly types: JsonTypes;
  /** Requirements without scopes; the operation's own are added. */
  readonly security: readonly SecurityRequirement[];
}

type Json = Readonly<Record<string, unknown>>;

/** How each kind is asked for. */
const METHODS: Readonly<Record<OperationKind, 'get' | 'post'>> = { screen: 'get', flow: 'post', live: 'get' };

const ERRORS = ['400', '401', '403', '429', '503'] as const;

/** The path item of an operation: `{ get: … }`. `field` is its field of the root type. */
export function operationEntry(
  operation: AnyOperation,
  field: GraphQLField<unknown, unknown>,
  { types, security }: EntryOptions,
): Json {
  const { kind, scopes } = operation;
  const [summary = operation.field, ...more] = (field.description ?? '')
    .split('\n')
    .filter((line) => line !== '');
  const requirements = security.map((one) =>
    Object.fromEntries(Object.keys(one).map((scheme) => [scheme, [...scopes]])),
  );
  const entry = {
    operationId: operation.field,
    summary,
    ...(more.length > 0 ? { description: more.join('\n') } : {}),
    tags: [kind],
    ...(field.deprecationReason ? { deprecated: true } : {}),
    ...(security.length > 0 ? { security: requirements } : {}),
    ...(scopes.length > 0 ? { 'x-scopes': scopes } : {}),
    parameters: parametersOf(operation),
    ...(kind === 'flow' ? bodyOf(operation) : {}),
    responses: { ...successOf(operation, field, types), ...errorReferences() },
  };
  return { [METHODS[kind]]: entry };
}

function errorReferences(): Json {
  const references = ERRORS.map((status) => [status, { $ref: '#/components/responses/Problem' }]);
  return { ...Object.fromEntries(references), default: { $ref: '#/components/responses/Problem' } };
}

function parametersOf(operation: AnyOperation): Json[] {
  const { kind, template, input, examples } = operation;
  const inPath = new Set(template.names);
  const members = [...(input?.members.values() ?? [])];
  const parameters = members.flatMap((member): Json[] => {
    const place = inPath.has(member.name) ? 'path' : kind === 'flow' ? undefined : 'query';
    return place ? [parameterOf(member, place, examples)] : [];
  });
  if (kind === 'screen') parameters.push({ $ref: '#/components/parameters/fields' });
  if (operation.kind === 'flow') {
    const required = operation.idempotency === 'required';
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required,
      description:
        'Names one thing to be done, so that it is done once: a request that comes again with the same key gets the first answer.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    });
  }
  return parameters;
}

function parameterOf(
  member: InputMember,
  place: 'path' | 'query',
  examples: Readonly<Record<string, OperationExample>>,
): Json {
  const { name, required, form, list } = member;
  const { description, ...schema } = selfContained(member.schema);
  const shown = Object.entries(examples).flatMap(([example, { input }]) =>
    input && Object.hasOwn(input, name) ? [[example, { value: input[name] }] as const] : [],
  );
  return {
    name,
    in: place,
    required: place === 'path' || required,
    ...(description === undefined ? {} : { description }),
    ...(form === 'json' ? { content: { 'application/json': { schema } } } : { schema }),
    ...(list && form !== 'json' ? { style: 'form', explode: true } : {}),
    ...(shown.length > 0 && form !== 'json' ? { examples: Object.fromEntries(shown) } : {}),
  };
}

function bodyOf({ input, template, examples }: AnyOperation): Json {
  const members = [...(input?.members.values() ?? [])].filter(({ name }) => !template.names.includes(name));
  if (members.length === 0) return {};
  const required = members.filter((member) => member.required).map(({ name }) => name);
  const shown = Object.entries(examples).flatMap(([name, example]) => {
    if (!example.input) return [];
    const own = Object.entries(example.input).filter(([member]) => !template.names.includes(member));
    return [[name, { ...summaryOf(example), value: Object.fromEntries(own) }] as const];
  });
  const schema = {
    type: 'object',
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(members.map((member) => [member.name, selfContained(member.schema)])),
    additionalProperties: false,
  };
  const content = {
    'application/json': { schema, ...(shown.length > 0 ? { examples: Object.fromEntries(shown) } : {}) },
  };
  return { requestBody: { required: required.length > 0, content } };
}

function successOf(
  operation: AnyOperation,
  field: GraphQLField<unknown, unknown>,
  types: JsonTypes,
): Record<string, Json> {
  const schema = types.schemaOf(field.type);
  if (operation.kind === 'live') {
    const description =
      'Events (text/event-stream): `screen` is the whole answer; an event with the name of a part is its new value; `incomplete` names parts that are missing; `end` is the last one.';
    const content = { 'text/event-stream': { schema: { type: 'string', contentSchema: schema } } };
    return { '200': { description, content } };
  }
  const shown = Object.entries(operation.examples).flatMap(([name, example]) =>
    example.answer === undefined ? [] : [[name, { ...summaryOf(example), value: example.answer }] as const],
  );
  const answer = {
    description: 'The answer',
    headers: { 'Frontdesk-Incomplete': { $ref: '#/components/headers/Frontdesk-Incomplete' } },
    content: {
      'application/json': { schema, ...(shown.length > 0 ? { examples: Object.fromEntries(shown) } : {}) },
    },
  };
  if (operation.kind === 'flow') return { [String(operation.status)]: answer };
  return { '200': answer, '304': { description: 'The client has this answer already (`If-None-Match`)' } };
}

function summaryOf({ summary }: OperationExample): Json {
  return summary === undefined ? {} : { summary };
}

/** References of a schema that was cut out of a larger one lead nowhere: then nothing is said of the value. */
function selfContained(schema: JsonSchema): JsonSchema {
  if (!JSON.stringify(schema).includes('"$ref"')) return schema;
  const { description } = schema;
  return description === undefined ? {} : { description };
}

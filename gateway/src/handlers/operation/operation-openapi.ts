/** The OpenAPI 3.1 document of the graph's named operations: parameters by variables, answers by what they select. */
import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
  isScalarType,
  Kind,
  type SelectionSetNode,
  type TypeNode,
  validate,
} from 'graphql';
import type { RestOperation } from '../../graph/operations/rest-operation.ts';
import { type OpenapiDocument, type OpenapiSecurity, SHARED_COMPONENTS } from '../bff/openapi/bff-openapi.ts';
import { described, type JsonSchema, JsonTypes } from '../bff/openapi/json-types.ts';

export interface OperationsOpenapiOptions {
  readonly mount: string;
  readonly security: OpenapiSecurity | undefined;
}

const PROBLEM = { $ref: '#/components/responses/Problem' };

/** `schema`: what clients of the graph see. Operations that it does not have are left out. */
export function operationsOpenapi(
  operations: readonly RestOperation[],
  schema: GraphQLSchema,
  { mount, security }: OperationsOpenapiOptions,
): OpenapiDocument {
  const paths: Record<string, object> = {};
  for (const operation of operations) {
    // What is not of the schema may even hold itself; whoever asks for it is told why.
    if (validate(schema, operation.document).length > 0) continue;
    const entry = { [operation.method.toLowerCase()]: entryOf(operation, schema, security) };
    paths[operation.path] = { ...paths[operation.path], ...entry };
  }
  const schemes = security?.schemes ?? {};
  return {
    openapi: '3.1.1',
    info: { title: 'Operations', version: '1' },
    servers: [{ url: mount }],
    paths,
    components: {
      ...SHARED_COMPONENTS,
      ...(Object.keys(schemes).length > 0 ? { securitySchemes: schemes } : {}),
    },
  };
}

function entryOf(
  operation: RestOperation,
  schema: GraphQLSchema,
  security: OpenapiSecurity | undefined,
): object {
  const { name, summary, status, scopes, method, variables, parameters, body } = operation;
  const others = [...variables.values()].filter((one) => !parameters.includes(one.name));
  const inBody = method === 'GET' || method === 'DELETE' ? [] : others;
  const parameter = (place: 'path' | 'query') => (one: (typeof others)[number]) => ({
    name: one.name,
    in: place,
    required: place === 'path' || one.required,
    schema: inputSchema(one.type, schema),
  });
  const inPath = [...variables.values()].filter((one) => parameters.includes(one.name));
  const requirements = (security?.requirements ?? []).map((one) =>
    Object.fromEntries(Object.keys(one).map((scheme) => [scheme, [...scopes]])),
  );
  const whole = inBody.find((one) => one.name === body);
  const members = {
    type: 'object',
    required: inBody.filter((one) => one.required).map((one) => one.name),
    properties: Object.fromEntries(inBody.map((one) => [one.name, inputSchema(one.type, schema)])),
  };
  const content = { 'application/json': { schema: whole ? inputSchema(whole.type, schema) : members } };
  return {
    operationId: name,
    summary: summary ?? name,
    ...(requirements.length > 0 ? { security: requirements } : {}),
    ...(scopes.length > 0 ? { 'x-scopes': scopes } : {}),
    parameters: [
      ...inPath.map(parameter('path')),
      ...others.filter((one) => !inBody.includes(one)).map(parameter('query')),
    ],
    ...(inBody.length > 0 ? { requestBody: { required: inBody.some((one) => one.required), content } } : {}),
    responses: {
      [String(status)]: {
        description: 'The answer',
        headers: { 'Frontdesk-Incomplete': { $ref: '#/components/headers/Frontdesk-Incomplete' } },
        content: { 'application/json': { schema: answerSchema(operation, schema) } },
      },
      ...Object.fromEntries(['400', '401', '403', '404', '429', '503'].map((code) => [code, PROBLEM])),
      default: PROBLEM,
    },
  };
}

function answerSchema({ definition, document, data }: RestOperation, schema: GraphQLSchema): JsonSchema {
  const root = schema.getRootType(definition.operation);
  if (!root) return {};
  const selected = new Selected(schema, document);
  const whole = selected.object(root, definition.selectionSet);
  if (data === undefined) return whole;
  const member = selected.members(root, definition.selectionSet).get(data);
  const nullable = member?.type;
  return member && nullable ? selected.of(getNullableType(member.type), member.selectionSet) : {};
}

/** What a selection makes of types. */
class Selected {
  readonly #document: DocumentNode;
  readonly #types: JsonTypes;
  readonly #schema: GraphQLSchema;

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    this.#document = document;
    this.#types = new JsonTypes(schema);
  }

  of(type: GraphQLOutputType, selection: SelectionSetNode | undefined): JsonSchema {
    if (isNonNullType(type)) return this.of(type.ofType, selection);
    if (isListType(type)) return { type: 'array', items: this.nullable(type.ofType, selection) };
    if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) };
    if (isScalarType(type) || !selection) return this.#types.present(type);
    return isObjectType(type) || isAbstractType(type) ? this.object(type, selection) : {};
  }

  nullable(type: GraphQLOutputType, selection: SelectionSetNode | undefined): JsonSchema {
    const present = this.of(type, selection);
    return isNonNullType(type) ? present : { anyOf: [present, { type: 'null' }] };
  }

  object(type: GraphQLOutputType, selection: SelectionSetNode): JsonSchema {
    const properties: Record<string, JsonSchema> = {};
    for (const [name, member] of this.members(type, selection)) {
      properties[name] = this.nullable(member.type, member.selectionSet);
    }
    return { type: 'object', properties };
  }

  /** The fields by the names under which they come, also those of some types alone. */
  members(
    type: GraphQLOutputType,
    { selections }: SelectionSetNode,
  ): Map<string, { type: GraphQLOutputType; selectionSet: SelectionSetNode | undefined }> {
    const found = new Map<string, { type: GraphQLOutputType; selectionSet: SelectionSetNode | undefined }>();
    for (const one of selections) {
      if (one.kind === Kind.FIELD) {
        const field = 'getFields' in type ? type.getFields()[one.name.value] : undefined;
        if (field)
          found.set((one.alias ?? one.name).value, { type: field.type, selectionSet: one.selectionSet });
        continue;
      }
      const fragment =
        one.kind === Kind.INLINE_FRAGMENT
          ? one
          : this.#document.definitions.find(
              (other) => other.kind === Kind.FRAGMENT_DEFINITION && other.name.value === one.name.value,
            );
      if (!fragment || !('selectionSet' in fragment) || !('typeCondition' in fragment)) continue;
      const condition = fragment.typeCondition && this.#schema.getType(fragment.typeCondition.name.value);
      const on = condition && (isObjectType(condition) || isAbstractType(condition)) ? condition : type;
      for (const [name, member] of this.members(on, fragment.selectionSet)) found.set(name, member);
    }
    return found;
  }
}

/** Deeper input types than this are any object: they may hold each other. */
const MAX_INPUT_DEPTH = 5;

function inputSchema(node: TypeNode, schema: GraphQLSchema): JsonSchema {
  if (node.kind === Kind.NON_NULL_TYPE) return inputSchema(node.type, schema);
  if (node.kind === Kind.LIST_TYPE) return { type: 'array', items: inputSchema(node.type, schema) };
  const type = schema.getType(node.name.value);
  return isInputType(type) ? schemaOfInput(type, schema, 0) : {};
}

function schemaOfInput(type: GraphQLInputType, schema: GraphQLSchema, depth: number): JsonSchema {
  if (isNonNullType(type)) return schemaOfInput(type.ofType, schema, depth);
  if (isListType(type)) return { type: 'array', items: schemaOfInput(type.ofType, schema, depth) };
  if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) };
  if (isScalarType(type)) return new JsonTypes(schema).present(type);
  if (depth >= MAX_INPUT_DEPTH) return { type: 'object' };
  const fields = Object.values(type.getFields());
  return described(type.description, {
    type: 'object',
    required: fields.filter(isRequiredInputField).map(({ name }) => name),
    properties: Object.fromEntries(
      fields.map((field) => [field.name, schemaOfInput(field.type, schema, depth + 1)]),
    ),
  });
}

/**
 * A request's variables: bounded, then coerced by the book (GraphQL §6.1.2). A variable called `__proto__` is a
 * variable like others, under another name from here on.
 */
import {
  type DocumentNode,
  GraphQLID,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  getVariableValues,
  isInputObjectType,
  isInputType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
  visit,
} from 'graphql';
import { type DataObject, getOwn, isDataObject } from '../execute/data.ts';
import { Refusal, requestError } from '../refusal.ts';
import { refusal } from './limits.ts';
import { isInexact } from './value-limits.ts';

const MAX_ERRORS = 50;
const NO_VARIABLES: DataObject = Object.freeze({});

/** Coerces what a client sent. `protoVariable` is what `renameProtoVariable` called the variable `__proto__`. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  protoVariable: string | undefined,
  input: DataObject | undefined,
): DataObject | Refusal {
  const definitions = operation.variableDefinitions;
  if (!definitions || definitions.length === 0) return NO_VARIABLES;
  let given = input ?? NO_VARIABLES;
  if (protoVariable !== undefined && Object.hasOwn(given, '__proto__')) {
    given = { ...given, [protoVariable]: getOwn(given, '__proto__') };
  }
  const { coerced, errors } = getVariableValues(schema, definitions, given, {
    maxErrors: MAX_ERRORS,
    hideSuggestions: true,
  });
  return coerced ?? new Refusal('document', 400, errors.map(requestError));
}

/**
 * Refuses an identifier that came as a number too large to be read exactly: it would be another's. (As a string it is
 * taken as it is; `Int` refuses such numbers itself, and for `Float` they are close enough.)
 */
export function refuseInexactIds(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  input: DataObject,
): void {
  for (const { type, variable } of variableDefinitions) {
    const named = typeFromAST(schema, type);
    if (!isInputType(named) || !holdsInexactId(named, getOwn(input, variable.name.value))) continue;
    throw refusal(`The variable "$${variable.name.value}" holds an ID that must be sent as a string.`);
  }
}

function holdsInexactId(type: GraphQLInputType, value: unknown): boolean {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const items = Array.isArray(value) ? value : [value];
    return items.some((item) => holdsInexactId(nullable.ofType, item));
  }
  if (isInputObjectType(nullable)) {
    if (!isDataObject(value)) return false;
    return Object.values(nullable.getFields()).some((field) =>
      holdsInexactId(field.type, getOwn(value, field.name)),
    );
  }
  return nullable === GraphQLID && typeof value === 'number' && isInexact(value);
}

/** The document with its variable `__proto__` renamed, and the new name; `undefined` where there is none. */
export function renameProtoVariable(
  text: string,
  document: DocumentNode,
): { readonly document: DocumentNode; readonly protoVariable: string } | undefined {
  if (!text.includes('__proto__')) return undefined;
  let protoVariable = 'proto';
  while (text.includes(protoVariable)) protoVariable += '_';
  const renamed = visit(document, {
    Variable(node) {
      if (node.name.value !== '__proto__') return undefined;
      return { ...node, name: { ...node.name, value: protoVariable } };
    },
  });
  return { document: renamed, protoVariable };
}

/**
 * A request's variables: bounded, then coerced by the book (GraphQL §6.1.2). A variable called `__proto__` is a
 * variable like others, under another name from here on.
 */
import {
  type DocumentNode,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { type DataObject, getOwn } from '../execute/data.ts';
import { Refusal, requestError } from '../refusal.ts';

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

/**
 * From a request's text to a document that may be planned: parsed, limited, validated, its operation chosen. Limits
 * come before validation, whose time they bound.
 */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { Refusal, requestError } from '../refusal.ts';
import { DeferRule } from './defer-rules.ts';
import { checkLimits, type GraphLimits, refusal } from './limits.ts';
import { checkLiterals } from './value-limits.ts';

const MAX_ERRORS = 50;

export interface ValidationOptions {
  readonly schema: GraphQLSchema;
  readonly limits: GraphLimits;
  readonly introspection: boolean;
}

export interface ReadDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * Reads a document. `queryOnly` refuses other operations before anything else is said; `registered` is one that its
 * authors published, which has a token limit of its own and no limits of shape. Throws the
 * `FrontdeskError('invalid_query')` of an exceeded limit.
 */
export function readDocument(
  { schema, limits, introspection }: ValidationOptions,
  text: string,
  operationName: string | undefined,
  { queryOnly, registered }: { readonly queryOnly: boolean; readonly registered: boolean },
): ReadDocument | Refusal {
  const document = parseDocument(text, registered ? limits.registeredTokens : limits.tokens);
  if (document instanceof Refusal) return document;
  const operation = selectOperation(document, operationName);
  if (operation instanceof Refusal) return operation;
  const refused = queryOnly ? refuseWrite(operation) : undefined;
  if (refused) return refused;
  checkLimits(document, registered ? UNLIMITED : limits);
  checkLiterals(document, limits);
  const rules = introspection ? RULES : [...RULES, NoSchemaIntrospectionCustomRule];
  const faults = validate(schema, document, rules, { maxErrors: MAX_ERRORS, hideSuggestions: true });
  if (faults.length > 0) return new Refusal('document', 400, faults.map(requestError));
  return { document, operation };
}

const RULES = [...specifiedRules, DeferRule];

const UNLIMITED = {
  depth: Number.POSITIVE_INFINITY,
  aliases: Number.POSITIVE_INFINITY,
  rootFields: Number.POSITIVE_INFINITY,
  directives: Number.POSITIVE_INFINITY,
  selections: Number.POSITIVE_INFINITY,
};

function parseDocument(text: string, maxTokens: number): DocumentNode | Refusal {
  try {
    return parse(text, { maxTokens });
  } catch (error) {
    // The parser recurses; a limit on tokens that was raised far enough lets a document reach the stack's end.
    if (error instanceof RangeError) return Refusal.of(refusal('The document is nested too deeply.'));
    if (!(error instanceof GraphQLError)) throw error;
    // The parser stops at the limit: what it says names the number, and nothing of ours.
    const kind = error.message.includes('tokens') ? 'refused' : 'document';
    return new Refusal(kind, 400, [requestError(error)]);
  }
}

/** The one that is named, or the only one (GraphQL §6.1, GetOperation). */
function selectOperation(
  document: DocumentNode,
  name: string | undefined,
): OperationDefinitionNode | Refusal {
  let found: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (name === undefined) {
      if (found)
        return Refusal.of(refusal('Must provide operation name if query contains multiple operations.'));
      found = definition;
    } else if (definition.name?.value === name) {
      found = definition;
    }
  }
  const missing = name === undefined ? 'Must provide an operation.' : 'Unknown operation name.';
  return found ?? Refusal.of(refusal(missing));
}

/** Refuses mutations: by GET nothing may change. (Subscriptions come by GET where a page uses `EventSource`.) */
export function refuseWrite(operation: OperationDefinitionNode): Refusal | undefined {
  if (operation.operation !== 'mutation') return undefined;
  return new Refusal('refused', 405, [
    { message: 'Only queries may be sent by GET.', extensions: { code: 'METHOD_NOT_ALLOWED' } },
  ]);
}

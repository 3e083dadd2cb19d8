/**
 * A BFF's schema, bound to its operations. Binding is where the two halves of the contract meet, so every
 * disagreement between them is an error at start: a screen or part without a field, a field without a part, a
 * required part that the schema calls nullable, an optional one that it promises.
 */
import { readFile } from 'node:fs/promises';
import {
  buildSchema,
  type GraphQLObjectType,
  type GraphQLSchema,
  OperationTypeNode,
  validateSchema,
} from 'graphql';
import { type AnyOperation, type Bff, operationsOf } from '../../bff/definition.ts';
import type { OperationKind } from '../../bff/operation.ts';
import { DEFER_SDL } from './defer.ts';
import type { DrawField, FieldDraw } from './field-limits.ts';
import { bindFlow } from './graphql-flow.ts';
import { bindLive } from './graphql-live.ts';
import { bindScreen, type OperationField, type OperationTypes } from './graphql-screen.ts';

/** The root types that operations are fields of. */
const ROOTS: Readonly<Record<OperationKind, OperationTypeNode>> = {
  screen: OperationTypeNode.QUERY,
  flow: OperationTypeNode.MUTATION,
  live: OperationTypeNode.SUBSCRIPTION,
};
const ROOT_NAMES: Readonly<Record<OperationKind, string>> = {
  screen: 'Query',
  flow: 'Mutation',
  live: 'Subscription',
};
const OPERATION_KINDS = ['screen', 'flow', 'live'] as const satisfies readonly OperationKind[];

/** A BFF whose parts do not fit together; `faults` has one line for each. */
export class BffError extends Error {
  override readonly name = 'BffError';
  readonly faults: readonly string[];

  constructor(bff: string, faults: readonly string[]) {
    super(`BFF ${bff}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads and binds the schema. Rejects with a `BffError` that names every fault. `draw`: where fields with `@rateLimit` draw
 * from. Default: nowhere, they are not limited.
 */
export async function bindSchema(bff: Bff, draw?: DrawField): Promise<GraphQLSchema> {
  const written = await readSchema(bff);
  // It brings a library, which a schema without the directive never loads.
  const limits = written.includes('@rateLimit') ? await import('./rate-limit.ts') : undefined;
  const deferring = written.includes('directive @defer') ? written : `${written}\n${DEFER_SDL}`;
  const text = limits ? `${deferring}\n${limits.rateLimitTypeDefs}` : deferring;
  let schema: GraphQLSchema;
  try {
    schema = buildSchema(text);
  } catch (cause) {
    throw new BffError(bff.name, [
      `the schema is invalid: ${cause instanceof Error ? cause.message : cause}`,
    ]);
  }
  const faults = validateSchema(schema).map((error) => `the schema is invalid: ${error.message}`);
  bindRoots(bff, schema, faults);
  const limited = limits?.withRateLimits(schema, { bff: bff.name, draw: draw ?? drawNothing }, faults);
  if (faults.length > 0) throw new BffError(bff.name, faults);
  return limited ?? schema;
}

function drawNothing(): FieldDraw {
  return { allowed: true, remaining: 0, retryAfterMs: 0 };
}

async function readSchema({ name, schema }: Bff): Promise<string> {
  if (typeof schema === 'string') return schema;
  try {
    return await readFile(schema, 'utf8');
  } catch (cause) {
    throw new BffError(name, [`the schema can't be read: ${cause instanceof Error ? cause.message : cause}`]);
  }
}

/** Every operation has its field of its kind's root type, and every such field its operation. */
function bindRoots(bff: Bff, schema: GraphQLSchema, faults: string[]): void {
  if (!schema.getQueryType()) faults.push('the schema has no type Query');
  const types: OperationTypes = new Map();
  const operations = operationsOf(bff);
  for (const kind of OPERATION_KINDS) {
    const root = schema.getRootType(ROOTS[kind]);
    const own = operations.filter((one) => one.kind === kind);
    if (!root) {
      for (const { path } of kind === 'screen' ? [] : own)
        faults.push(`${kind} ${path}: the schema has no type ${ROOT_NAMES[kind]}`);
      continue;
    }
    for (const operation of own) {
      const field = root.getFields()[operation.field];
      if (field) bind(operation, root, field, types, faults);
      else faults.push(`${kind} ${operation.path}: the schema has no ${root.name}.${operation.field}`);
    }
    const fields = new Set(own.map(({ field }) => field));
    for (const field of Object.keys(root.getFields())) {
      if (!fields.has(field))
        faults.push(`${root.name}.${field} is in the schema, but there is no such ${kind}`);
    }
  }
}

/** A file for each kind of operation. */
function bind(
  operation: AnyOperation,
  root: GraphQLObjectType,
  field: OperationField,
  types: OperationTypes,
  faults: string[],
): void {
  switch (operation.kind) {
    case 'screen':
      bindScreen(operation, root, field, types, faults);
      break;
    case 'flow':
      bindFlow(operation, root, field, faults);
      break;
    case 'live':
      bindLive(operation, root, field, types, faults);
      break;
  }
}

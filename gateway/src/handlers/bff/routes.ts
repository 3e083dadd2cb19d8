/** The paths that a BFF answers: what the route table must know of it before any of it runs. */
import { type AnyOperation, type BffOperations, operationsOf } from '../../bff/definition.ts';
import type { Operation, OperationKind } from '../../bff/operation.ts';
import type { PriorityName } from '../../core/priority.ts';

/**
 * How much later than the operation's own the exchange's deadline is: time to write an answer without the parts that
 * did not make it.
 */
const ANSWER_GRACE_MS = 100;

export interface BffRoute {
  /** A pattern of the route table: `/mobile/orders/:id`. */
  readonly path: string;
  readonly methods: readonly string[];
  /** Scopes that the route asks for. The GraphQL route asks for none: each operation asks for its own. */
  readonly scopes: readonly string[];
  /** Policies likewise. */
  readonly policies: readonly string[];
  /** The deadline of the exchange, milliseconds. */
  readonly deadlineMs: number;
  /** `undefined` where the operation says nothing. */
  readonly priority: PriorityName | undefined;
  /** `undefined` for the GraphQL face of all operations. */
  readonly operation: AnyOperation | undefined;
}

/** A flow that failed has time to be undone before its caller must ask again to hear of it. */
const UNDO_GRACE_MS = 2000;
const GRACE_MS: Readonly<Record<OperationKind, number>> = {
  screen: ANSWER_GRACE_MS,
  flow: UNDO_GRACE_MS,
  live: ANSWER_GRACE_MS,
};

/** How operations are asked for on the REST face. */
const METHODS: Readonly<Record<OperationKind, readonly string[]>> = {
  screen: ['GET', 'HEAD'],
  flow: ['POST'],
  live: ['GET'],
};

/** One for each operation at `{mount}{path}`, and `{mount}/graphql`. */
export function bffRoutes(bff: BffOperations, mount: string): BffRoute[] {
  const routes = operationsOf(bff).map(
    (operation): BffRoute => ({
      path: mount + patternOf(operation),
      methods: METHODS[operation.kind],
      scopes: operation.scopes,
      policies: operation.policies,
      deadlineMs: operation.deadlineMs + GRACE_MS[operation.kind],
      priority: operation.priority,
      operation,
    }),
  );
  const longestMs = Math.max(...routes.map(({ deadlineMs }) => deadlineMs));
  routes.push({
    path: `${mount}/graphql`,
    methods: ['GET', 'POST'],
    scopes: [],
    policies: [],
    deadlineMs: longestMs,
    priority: undefined,
    operation: undefined,
  });
  return routes;
}

function patternOf({ template }: Operation): string {
  return template.segments
    .map(({ kind, text }) => (kind === 'parameter' ? `/:${text}` : `/${text}`))
    .join('');
}

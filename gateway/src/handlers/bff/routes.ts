/** The paths that a BFF answers: what the route table must know of it before any of it runs. */
import type { Bff } from '../../bff/definition.ts';
import type { Operation } from '../../bff/operation.ts';
import type { PriorityName } from '../../core/priority.ts';

/**
 * How much later than the screen's own the exchange's deadline is: time to write an answer without the parts that
 * did not make it.
 */
const ANSWER_GRACE_MS = 100;

export interface BffRoute {
  /** A pattern of the route table: `/mobile/orders/:id`. */
  readonly path: string;
  readonly methods: readonly string[];
  /** Scopes that the route asks for. The GraphQL route asks for none: each screen asks for its own. */
  readonly scopes: readonly string[];
  /** Policies likewise. */
  readonly policies: readonly string[];
  /** The deadline of the exchange, milliseconds. */
  readonly deadlineMs: number;
  /** `undefined` where the screen says nothing. */
  readonly priority: PriorityName | undefined;
  /** `undefined` for the GraphQL face of all operations. */
  readonly operation: Operation | undefined;
}

/** `GET {mount}{path}` for each screen, and `{mount}/graphql`. */
export function bffRoutes({ screens }: Pick<Bff, 'screens'>, mount: string): BffRoute[] {
  const routes = screens.map(
    (screen): BffRoute => ({
      path: mount + patternOf(screen),
      methods: ['GET', 'HEAD'],
      scopes: screen.scopes,
      policies: screen.policies,
      deadlineMs: screen.deadlineMs + ANSWER_GRACE_MS,
      priority: screen.priority,
      operation: screen,
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

/**
 * Routes that lead to an operation of a BFF at another path and under guards of their own: what such a route asks for is
 * looked up in the BFF, whose package alone knows it, and all that does not fit is said with the route's place.
 */
import { allOf, join, type RequiredGrants } from '../auth/grants.ts';
import type { BffOperations } from '../bff/definition.ts';
import { bffName } from '../config/bff.ts';
import { suggestion } from '../config/nearest.ts';
import { placeOf } from '../config/places.ts';
import type { RouteConfig } from '../config/route.ts';
import type { Config } from '../config/schema.ts';
import type { PriorityName } from '../core/priority.ts';
import { type OperationTarget, TARGET_KINDS } from '../handlers/bff/operation-target.ts';
import { type BffRoute, bffRoutes } from '../handlers/bff/routes.ts';
import { BffError } from '../handlers/bff/schema.ts';
import type { RouteMatch } from '../router/route-match.ts';

export interface TargetedOperation {
  readonly answer: {
    readonly kind: 'bff';
    /** The BFF's place in `bffs`. */
    readonly index: number;
    /** The operation's own path. */
    readonly path: string;
    readonly field: string;
  };
  /** The operation at that path. */
  readonly route: BffRoute;
}

/** What a route says of who may ask, and the operation says too. */
interface Guarded {
  readonly match: RouteMatch;
  readonly grants: RequiredGrants;
  readonly policies: readonly string[];
  readonly priority?: PriorityName | undefined;
}

/** The route with what its operation asks for besides. `deadlineMs`: the route's own. */
export function underOperation<Mount extends Guarded>(
  mount: Mount,
  { answer: { index }, route }: TargetedOperation,
  deadlineMs = Number.POSITIVE_INFINITY,
) {
  return {
    ...mount,
    match: { ...mount.match, methods: mount.match.methods ?? route.methods },
    grants: { ...mount.grants, scopes: join(mount.grants.scopes, allOf(route.scopes)) },
    policies: [...mount.policies, ...route.policies],
    deadlineMs: Math.min(deadlineMs, route.deadlineMs),
    priority: mount.priority ?? route.priority,
    bff: index,
  };
}

/**
 * The operation that a route leads to; `undefined` where its BFF is not loaded. Throws a `BffError` where there is no such
 * operation, or where the route's methods or parameters are not the operation's.
 */
export function targetedOperation(
  route: Pick<RouteConfig, 'match'>,
  to: OperationTarget,
  { bffs: entries }: Pick<Config, 'bffs'>,
  bffs: readonly (BffOperations | undefined)[],
): TargetedOperation | undefined {
  const index = entries.findIndex((entry) => entry.package === to.bff || bffName(entry) === to.bff);
  const [entry, bff] = [entries[index], bffs[index]];
  if (!entry || !bff) return undefined;
  const known = bffRoutes(bff, entry.mount);
  const kind = TARGET_KINDS.find((one) => to[one] !== undefined) ?? 'screen';
  const found = known.find(({ operation }) => operation?.kind === kind && operation.field === to[kind]);
  const where = placeOf(route) ?? 'routes';
  if (!found?.operation) {
    const fields = known.flatMap(({ operation }) => (operation?.kind === kind ? operation.field : []));
    const field = to[kind] ?? '';
    throw new BffError(bffName(entry), [
      `${where}: it has no ${kind} "${field}"; ${suggestion(field, fields)}`,
    ]);
  }
  const faults = [
    ...methodFaults(route.match, found.methods),
    ...paramFaults(route.match, found.operation.template.names),
  ];
  const { path, operation } = found;
  const { field } = operation;
  if (faults.length === 0) return { answer: { kind: 'bff', index, path, field }, route: found };
  throw new BffError(
    bffName(entry),
    faults.map((fault) => `${where}: the route to ${kind} ${field} ${fault}`),
  );
}

function methodFaults({ methods }: RouteConfig['match'], own: readonly string[]): string[] {
  const others = methods?.filter((method) => !own.includes(method)) ?? [];
  return others.length === 0
    ? []
    : [`has the method ${others.join(', ')}, which that does not answer: ${own.join(', ')}`];
}

/** What the operation is told by its path, the route's path must tell. */
function paramFaults({ path }: RouteConfig['match'], names: readonly string[]): string[] {
  const [text, pattern] =
    typeof path === 'string' ? [path, /:([A-Za-z_]\w*)/g] : [path.regex, /\(\?<([A-Za-z_]\w*)>/g];
  const known = new Set([...text.matchAll(pattern)].map(([, name]) => name));
  return names
    .filter((name) => !known.has(name))
    .map((name) => `lacks the parameter ":${name}" in its path, which that is told`);
}

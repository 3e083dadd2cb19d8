/**
 * What a table of routes allows but hardly means: two routes of which a request may meet both, with nothing but their
 * places in the configuration to say which is asked first; and a route that is never asked.
 */
import { isRegex, type Route } from './route.ts';
import { canBothHold, implies } from './route-conditions.ts';

export interface RouteOverlap<T> {
  readonly first: Route<T>;
  readonly second: Route<T>;
  /** `order`: only their order decides. `hidden`: the first takes every request of the second. */
  readonly kind: 'order' | 'hidden';
}

/** More routes than this of one path are not compared one by one. */
const MAX_COMPARED = 200;

/** `routes` in order of precedence. */
export function findOverlaps<T>(routes: readonly Route<T>[]): RouteOverlap<T>[] {
  const groups = new Map<string, Route<T>[]>();
  for (const route of routes) {
    const key = JSON.stringify([route.hosts.toSorted(), pathKey(route)]);
    const group = groups.get(key);
    if (group) group.push(route);
    else groups.set(key, [route]);
  }
  return [...groups.values()].filter((group) => group.length <= MAX_COMPARED).flatMap(overlapsOf);
}

function overlapsOf<T>(group: readonly Route<T>[]): RouteOverlap<T>[] {
  const found: RouteOverlap<T>[] = [];
  for (const [i, second] of group.entries()) {
    for (const first of group.slice(0, i)) {
      const kind = overlapOf(first, second);
      if (kind) found.push({ first, second, kind });
    }
  }
  return found;
}

function overlapOf<T>(first: Route<T>, second: Route<T>): RouteOverlap<T>['kind'] | undefined {
  const isOfAnyMethod = first.methods.length === 0;
  const takesAllMethods =
    isOfAnyMethod ||
    (second.methods.length > 0 && second.methods.every((one) => first.methods.includes(one)));
  if (takesAllMethods && implies(second.conditions, first.conditions)) return 'hidden';
  const areAlike =
    first.priority === second.priority &&
    first.conditions.length === second.conditions.length &&
    isOfAnyMethod === (second.methods.length === 0);
  const shareMethod = isOfAnyMethod || first.methods.some((one) => second.methods.includes(one));
  return areAlike && shareMethod && canBothHold(first.conditions, second.conditions) ? 'order' : undefined;
}

/** Equal for paths that take the same requests. */
function pathKey<T>({ path }: Route<T>): string {
  if (isRegex(path)) return `~${path.key}`;
  return `${path.segments.map((segment) => segment ?? ':').join('/')} ${path.isPrefix}`;
}

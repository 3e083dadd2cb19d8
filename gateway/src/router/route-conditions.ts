/** The conditions of a route beside host, path and method, compiled; and how those of two routes stand to each other. */
import type { PathPattern } from './path-pattern.ts';
import type { RouteMatch } from './route-match.ts';
import { type Condition, compileRequestConditions, type Read, type Routing, tenantRead } from './routing.ts';
import { compareTests, compileValueTest, oneOf, type ValueTest } from './value-test.ts';

/**
 * In the order in which they are shown and asked. `path` is missing where it is a regular expression.
 * @throws RegexError; RangeError for what `routing` does not know.
 */
export function compileConditions(
  match: RouteMatch,
  routing: Routing,
  path: PathPattern | undefined,
): Condition[] {
  const conditions = compileRequestConditions(match);
  const add = (subject: string, test: ValueTest, read: Read, id = subject): void => {
    conditions.push({ subject, id, test, read });
  };
  if (match.scheme !== undefined) add('scheme', oneOf([match.scheme]), (view) => view.request.client.scheme);
  if (match.clientType) add('client type', oneOf(match.clientType), derived(routing.clientType));
  if (match.version) {
    if (!routing.version) throw new RangeError('a version, and no routing.versions');
    add('version', oneOf(match.version), derived(routing.version));
  }
  if (match.tenant) {
    const tenant = routing.tenant && tenantRead(routing.tenant, path);
    if (!tenant) throw new RangeError('a tenant, and nothing of the request that states it');
    const test = 'present' in match.tenant ? compileValueTest({ present: true }) : oneOf(match.tenant);
    add('tenant', test, tenant.read, tenant.id);
  }
  return conditions;
}

function derived(read: Read): Read {
  return (view) => view.derived(read);
}

/** Equal where two routes' conditions hold for the same requests. */
export function conditionsKey(conditions: readonly Condition[]): string {
  return conditions
    .map(({ id, test }) => JSON.stringify([id, test.key]))
    .sort()
    .join();
}

/** Whether some request may meet the conditions of both. */
export function canBothHold(a: readonly Condition[], b: readonly Condition[]): boolean {
  return a.every((one) => {
    const other = b.find(({ id }) => id === one.id);
    return !other || compareTests(one.test, other.test).both;
  });
}

/** Whether every request that meets `a` surely meets `b`. */
export function implies(a: readonly Condition[], b: readonly Condition[]): boolean {
  return b.every((one) => {
    const other = a.find(({ id }) => id === one.id);
    return other !== undefined && !compareTests(other.test, one.test).onlyFirst;
  });
}

/** `header x-beta is "on", client type is "mobile"`; empty for none. */
export function conditionsText(conditions: readonly Condition[]): string {
  return conditions.map(({ subject, test }) => `${subject} ${test.says}`).join(', ');
}

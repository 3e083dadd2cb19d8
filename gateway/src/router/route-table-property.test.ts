/** Property: the route table, with conditions, against a matcher that tries every route in order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RouteMatch } from './route-match.ts';
import { RouteConflictError } from './route-table.ts';
import { type Asked, GET, request, tableOf, taken } from './testing/table.ts';
import type { ValueMatch } from './value-test.ts';

const VALUES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  'x-a': [undefined, '1', '2', '12'],
  q: [undefined, '1', '2'],
  c: [undefined, '1'],
  'x-version': [undefined, '2', '3'],
  'x-client': [undefined, 'm', 'w'],
  'x-who': [undefined, 'acme', 'globex'],
  scheme: ['http', 'https'],
};

/** Every combination of values. */
const COMBINATIONS = Object.entries(VALUES).reduce<Record<string, string>[]>(
  (all, [key, values]) =>
    all.flatMap((some) => values.map((value) => (value === undefined ? some : { ...some, [key]: value }))),
  [{}],
);

function askedWith(values: Readonly<Record<string, string>>, more: Partial<Asked>): Asked {
  const { q, c, scheme = 'http', ...fields } = values;
  const cookie: Record<string, string> = c === undefined ? {} : { cookie: `c=${c}` };
  return {
    ...GET,
    query: q === undefined ? '' : `q=${q}`,
    client: { scheme },
    fields: { ...fields, ...cookie },
    ...more,
  };
}

/** What a condition on one value means, in plain words. */
function meets(match: ValueMatch, value: string | undefined): boolean {
  if (typeof match === 'string') return value === match;
  if ('present' in match) return (value !== undefined) === match.present;
  return value !== undefined && new RegExp(`^(?:${match.pattern})$`).test(value);
}

function conditionsMet(match: RouteMatch, values: Readonly<Record<string, string>>): boolean {
  const client = values['x-client'] === 'm' ? 'mobile' : values['x-client'] && 'web';
  const { tenant } = match;
  return (
    Object.entries(match.headers ?? {}).every(([name, one]) => meets(one, values[name])) &&
    Object.entries(match.query ?? {}).every(([name, one]) => meets(one, values[name])) &&
    Object.entries(match.cookies ?? {}).every(([name, one]) => meets(one, values[name])) &&
    (!match.clientType || match.clientType.includes(client ?? '')) &&
    (!match.version || match.version.includes(values['x-version'] ?? '1')) &&
    (!tenant || ('present' in tenant ? 'x-who' in values : tenant.includes(values['x-who'] ?? ''))) &&
    (match.scheme === undefined || match.scheme === (values.scheme ?? 'http'))
  );
}

/** Paths with their rank: kind, then what comes first of one kind. */
const PATHS: readonly { readonly path: RouteMatch['path']; readonly rank: number; readonly takes: RegExp }[] =
  [
    { path: '/a', rank: 0, takes: /^\/a$/ },
    { path: '/:x', rank: 1, takes: /^\/[^/]+$/ },
    { path: '/:y', rank: 1, takes: /^\/[^/]+$/ },
    { path: '/a/*', rank: 2, takes: /^\/a(\/.*)?$/ },
    { path: '/*', rank: 3, takes: /^\/.*$/ },
    { path: { regex: '/a/.*' }, rank: 4, takes: /^\/a\/.*$/ },
    { path: { regex: '/a+' }, rank: 5, takes: /^\/a+$/ },
    { path: { regex: '/aa*' }, rank: 5, takes: /^\/a+$/ },
    { path: { regex: '/a.*' }, rank: 5, takes: /^\/a.*$/ },
    { path: { regex: '/.*' }, rank: 6, takes: /^\/.*$/ },
  ];
const ASKED_PATHS = ['/a', '/a/', '/aa', '/aa/', '/b', '/a/b', '/ab/c', '/a;p/'];
const pathOf = (match: RouteMatch) => PATHS.find((known) => known.path === match.path) ?? assert.fail();

function countOf(match: RouteMatch): number {
  const { headers, query, cookies, clientType, version, tenant, scheme } = match;
  const named = [headers, query, cookies].reduce((sum, some) => sum + Object.keys(some ?? {}).length, 0);
  return named + [clientType, version, tenant, scheme].filter(Boolean).length;
}

function takesMethod({ methods }: RouteMatch, method: string): boolean {
  return !methods || methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}

function hostRankOf({ hosts }: RouteMatch, host: string): number {
  if (!hosts) return 0;
  if (hosts.includes(host)) return 2;
  return hosts.some((one) => one.startsWith('*.') && host.endsWith(one.slice(1))) ? 1 : -1;
}

/** Without parameters of segments; the slash at the end means nothing, and does not hide a path from an expression. */
function takesPath(match: RouteMatch, path: string): boolean {
  const slashed = path.replaceAll(/;[^/]*/g, '');
  const { takes } = pathOf(match);
  return (
    takes.test(slashed.replace(/(.)\/$/, '$1')) || (typeof match.path !== 'string' && takes.test(slashed))
  );
}

/** The answer of trying every route, in order. */
function naive(
  matches: readonly RouteMatch[],
  asked: Asked,
  values: Readonly<Record<string, string>>,
): number | string {
  const methodRank = ({ methods }: RouteMatch): number =>
    !methods ? 2 : asked.method === 'HEAD' && !methods.includes('HEAD') ? 1 : 0;
  const taking = matches
    .map((match, i) => ({ match, i }))
    .filter(
      ({ match }) =>
        hostRankOf(match, asked.host) >= 0 && takesPath(match, asked.path) && conditionsMet(match, values),
    );
  const [first] = taking
    .filter(({ match }) => takesMethod(match, asked.method))
    .sort(
      (a, b) =>
        hostRankOf(b.match, asked.host) - hostRankOf(a.match, asked.host) ||
        pathOf(a.match).rank - pathOf(b.match).rank ||
        (b.match.priority ?? 0) - (a.match.priority ?? 0) ||
        countOf(b.match) - countOf(a.match) ||
        methodRank(a.match) - methodRank(b.match) ||
        a.i - b.i,
    );
  if (first) return first.i;
  const allowed = new Set(taking.flatMap(({ match }) => match.methods ?? []));
  if (allowed.size === 0) return '404';
  if (allowed.has('GET')) allowed.add('HEAD');
  return `405 ${[...allowed.add('OPTIONS')].sort().join(', ')}`;
}

/** Two routes that no request of all there are tells apart, and that no rule puts before one another. */
function conflict(a: RouteMatch, b: RouteMatch): boolean {
  const shareHost =
    !a.hosts || !b.hosts ? a.hosts === b.hosts : a.hosts.some((host) => b.hosts?.includes(host));
  const shareMethod =
    !a.methods || !b.methods
      ? a.methods === b.methods
      : a.methods.some((method) => b.methods?.includes(method));
  return (
    shareHost &&
    shareMethod &&
    pathOf(a).rank === pathOf(b).rank &&
    pathOf(a).takes.source === pathOf(b).takes.source &&
    (a.priority ?? 0) === (b.priority ?? 0) &&
    countOf(a) === countOf(b) &&
    COMBINATIONS.every((values) => conditionsMet(a, values) === conditionsMet(b, values))
  );
}

describe('property: conditions', () => {
  const valueMatch = fc.constantFrom<ValueMatch>(
    '1',
    '2',
    { present: true },
    { present: false },
    { pattern: '1.*' },
    { pattern: '1' },
    { pattern: '.*' },
    { pattern: '[12]' },
  );
  const rarely = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
  const route: fc.Arbitrary<RouteMatch> = fc.record({
    path: fc.constantFrom(...PATHS.map((known) => known.path)),
    hosts: rarely(fc.constantFrom(['h.x'], ['*.x'], ['h.x', 'k'])),
    methods: rarely(fc.constantFrom(['GET'], ['POST'], ['HEAD', 'GET'], ['HEAD'])),
    headers: rarely(valueMatch.map((one) => ({ 'x-a': one }))),
    query: rarely(valueMatch.map((one) => ({ q: one }))),
    cookies: rarely(fc.constantFrom({ c: '1' }, { c: { present: false } })),
    clientType: rarely(fc.constantFrom(['mobile'], ['web'], ['web', 'mobile'])),
    version: rarely(fc.constantFrom(['1'], ['2'], ['3', '2'], ['2', '3'])),
    tenant: rarely(fc.constantFrom(['acme'], ['globex'], { present: true } as const)),
    scheme: rarely(fc.constantFrom('http', 'https')),
    priority: rarely(fc.constantFrom(-1, 0, 1)),
  });
  const routes = fc.oneof(
    fc.array(route, { maxLength: 14 }),
    // Of one path: enough for an index over their texts.
    fc.array(
      route.map((one) => ({ ...one, path: '/a' })),
      { maxLength: 40 },
    ),
  );
  const asked = fc.record({
    method: fc.constantFrom('GET', 'HEAD', 'POST'),
    host: fc.constantFrom('h', 'h.x', 'k.x', 'k'),
    path: fc.constantFrom(...ASKED_PATHS),
    values: fc.constantFrom(...COMBINATIONS),
  });

  it('the table takes what trying every route in order takes', () => {
    fc.assert(
      fc.property(routes, fc.array(asked, { maxLength: 20 }), (matches, requests) => {
        const apart = matches.filter((one, i) => !matches.slice(0, i).some((other) => conflict(one, other)));
        const table = tableOf(apart);
        for (const { values, ...more } of requests) {
          const one = askedWith(values, more);
          const answer = taken(table, one);
          assert.equal(answer, naive(apart, one, values));
          const first = table.explain(request(one)).find(({ against }) => against === undefined);
          assert.equal(first?.route.value ?? 'none', typeof answer === 'number' ? answer : 'none');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('two routes are a conflict exactly where no request tells them apart', () => {
    fc.assert(
      fc.property(fc.array(route, { minLength: 2, maxLength: 5 }), (matches) => {
        const pairs = matches.flatMap((one, i) =>
          matches.slice(0, i).flatMap((other, j) => (conflict(one, other) ? `f:${j} f:${i}` : [])),
        );
        let found: string[] = [];
        try {
          tableOf(matches);
        } catch (error) {
          assert.ok(error instanceof RouteConflictError);
          found = error.conflicts.map(({ sources }) => sources.join(' '));
        }
        // Of three that are alike each later one is told once.
        assert.deepEqual(
          [...new Set(found.map((pair) => pair.split(' ')[1]))].sort(),
          [...new Set(pairs.map((pair) => pair.split(' ')[1]))].sort(),
        );
        for (const pair of found) assert.ok(pairs.includes(pair), pair);
      }),
      { numRuns: 200 },
    );
  });
});

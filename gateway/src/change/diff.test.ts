import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { configSchema } from '../config/schema.ts';
import { diffConfigs } from './diff.ts';
import { diffText } from './diff-text.ts';
import type { Told } from './shown-config.ts';

function told(value: object, written: Told['written'] = new Map()): Told {
  return { config: configSchema.parse(value), written };
}

const CANARY = 'canary-of-a-secret-0123456789abcdef';
const BASE = {
  admin: { token: CANARY },
  plans: { free: { limit: { capacity: 5, refill: '5/s' } } },
  upstreams: { users: { targets: [{ url: 'http://127.0.0.1:1' }, { url: 'http://127.0.0.1:2' }] } },
  routes: [{ match: { path: '/a', methods: ['GET'] }, to: { fixed: { body: 'x' } } }],
  consumers: [{ id: 'acme', plan: 'free' }],
};

test('routes, plans, upstreams and consumers are told by what people know them by', () => {
  const next = {
    listen: { port: 4002 },
    admin: { token: `${CANARY}2` },
    plans: { free: { limit: { capacity: 9, refill: '5/s' } } },
    upstreams: {
      users: { targets: [{ url: 'http://127.0.0.1:1', weight: 3 }, { url: 'http://127.0.0.1:3' }] },
    },
    routes: [{ match: { path: '/b', hosts: ['api.example'] }, to: { fixed: { body: 'x' } } }],
    consumers: [],
  };
  const text = diffText(diffConfigs(told(BASE), told(next)));
  for (const line of [
    '  ~ port: 4000 → 4002 (at the next start)',
    '  ~ token: changed',
    '      ~ limit.capacity: 5 → 9',
    '      ~ targets["http://127.0.0.1:1"].weight: 1 → 3',
    '  + any api.example/b',
    '  - GET /a',
    '  - acme',
  ])
    assert.ok(text.includes(`${line}\n`), `${line}\n${text}`);
  assert.match(text, /- targets\["http:\/\/127\.0\.0\.1:2"\]/);
  assert.ok(!text.includes(CANARY));
});

test('a value from the environment that changed is told to have changed, and not what it is', () => {
  const [before, after] = ['a', 'b'].map((zone) => told({ zone }, new Map([['zone', `\${ZONE}`]])));
  assert.ok(before && after);
  assert.equal(diffText(diffConfigs(before, after)), 'zone\n  ~ all of it: changed\n');
});

const text = fc.string({ minLength: 1, maxLength: 8 });
const route = fc.record({
  match: fc.record({ path: fc.stringMatching(/^\/[a-z]{1,3}$/) }),
  to: fc.record({
    fixed: fc.record({ body: text, headers: fc.constant({ authorization: `Bearer ${CANARY}` }) }),
  }),
});
const upstream = fc.record({
  url: fc.constantFrom('http://127.0.0.1:1', 'http://127.0.0.1:2'),
  credentials: fc.record({ bearer: fc.nat(3).map((n) => `${CANARY}${n}`) }),
});
const config = fc.record({
  admin: fc.record({ token: fc.nat(3).map((n) => `${CANARY}${n}`) }),
  upstreams: fc.dictionary(fc.constantFrom('users', 'orders', 'pay'), upstream),
  routes: fc.uniqueArray(route, { selector: ({ match }) => match.path, maxLength: 4 }),
  plans: fc.dictionary(
    fc.constantFrom('free', 'gold'),
    fc.record({ limit: fc.record({ capacity: fc.integer({ min: 1, max: 9 }), refill: fc.constant('5/s') }) }),
  ),
});

test('nothing differs from itself, every change is named, and no secret is ever told', () => {
  fc.assert(
    fc.property(config, config, (one, other) => {
      const [before, after] = [told(one), told(other)];
      assert.deepEqual(diffConfigs(before, told(structuredClone(one))), []);
      const changes = diffConfigs(before, after);
      assert.ok(!JSON.stringify(changes).includes(CANARY));
      assert.ok(!diffText(changes).includes(CANARY));
      const named = (section: string, name: string): boolean =>
        changes.some((change) => change.section === section && (change.name === name || change.name === ''));
      for (const section of ['upstreams', 'plans'] as const) {
        for (const name of new Set([...Object.keys(one[section]), ...Object.keys(other[section])])) {
          const differs = JSON.stringify(one[section][name]) !== JSON.stringify(other[section][name]);
          assert.equal(named(section, name), differs, `${section} ${name}`);
        }
      }
      for (const { match } of [...one.routes, ...other.routes]) {
        const [a, b] = [one, other].map(({ routes }) =>
          routes.find((route) => route.match.path === match.path),
        );
        if (JSON.stringify(a) !== JSON.stringify(b))
          assert.ok(named('routes', `any ${match.path}`), match.path);
      }
      assert.equal(
        changes.some(({ section }) => section === 'admin'),
        one.admin.token !== other.admin.token,
      );
    }),
    { numRuns: 150 },
  );
});

test('the same routes in another order are a change of their order', () => {
  const routes = ['/a', '/b'].map((path) => ({ match: { path }, to: { fixed: {} } }));
  const changes = diffConfigs(told({ routes }), told({ routes: routes.toReversed() }));
  assert.equal(diffText(changes), 'routes\n  ~ order: changed\n');
});

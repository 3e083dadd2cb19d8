import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, parse } from 'graphql';
import { defineBackends, defineBff } from '../../bff/index.ts';
import { WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import { DEFER_SDL } from './defer.ts';
import { executeDeferring } from './defer-execution.ts';
import type { DrawField } from './field-limits.ts';
import { read } from './mount.fixture.ts';
import { mountBff } from './mount.ts';
import { rateLimitTypeDefs, withRateLimits } from './rate-limit.ts';
import { BffError, bindSchema } from './schema.ts';

const { part, screen } = defineBackends({});
let fetched = 0;
const home = screen({
  path: '/home',
  field: 'home',
  parts: {
    name: part(() => 'Ada', { required: true }),
    dear: part(() => {
      fetched += 1;
      return { total: 7 };
    }),
  },
});
const schemaWith = (limit: string) => `
  type Query { home: Home }
  type Home { name: String! dear: Report ${limit} }
  type Report { total: Int! }
`;
const bffWith = (limit: string) => defineBff({ name: 'test', schema: schemaWith(limit), screens: [home] });

/** Buckets that count, without time. */
function buckets() {
  const used = new Map<string, number>();
  const asked: { capacity: number; refillPerMs: number }[] = [];
  const draw: DrawField = ({ capacity, refillPerMs }, key, tokens) => {
    asked.push({ capacity, refillPerMs });
    const name = JSON.stringify(key);
    const had = used.get(name) ?? 0;
    const allowed = had + tokens <= capacity;
    if (allowed) used.set(name, had + tokens);
    return { allowed, remaining: capacity - had, retryAfterMs: allowed ? 0 : 2500 };
  };
  return { used, asked, draw };
}

const query = '{ home { name dear { total } } }';

async function face(limit = '@rateLimit(limit: 2, duration: 60)') {
  const counted = buckets();
  const { draw } = counted;
  const clock = new ManualClock();
  const mounted = await mountBff(bffWith(limit), {
    mount: '/m',
    clock,
    callUpstream: async () => assert.fail(),
    draw,
  });
  const handler = mounted.routes.find(({ path }) => path === '/m/graphql')?.handler;
  assert.ok(handler);
  const ask = async (more: Parameters<typeof exchangeOn>[1] = {}, text = query) => {
    const body = new WholeBody(JSON.stringify({ query: text }));
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    return read(await handler(exchangeOn(clock, { method: 'POST', body, headers, ...more })));
  };
  return { ...counted, ask, dispose: mounted.dispose };
}

test('a field over its limit is an error of its own with the time to come again; those beside it are answered', async () => {
  const { ask, asked, dispose } = await face();
  for (let i = 0; i < 2; i += 1)
    assert.deepEqual((await ask()).json.data.home, { name: 'Ada', dear: { total: 7 } });
  fetched = 0;
  const { json, status, headers } = await ask();
  assert.equal(status, 200);
  assert.deepEqual(json.data, { home: { name: 'Ada', dear: null } });
  assert.deepEqual(json.errors, [
    {
      message: 'The rate limit is exceeded',
      locations: [{ line: 1, column: 15 }],
      path: ['home', 'dear'],
      extensions: { retryAfter: 3, code: 'RATE_LIMITED' },
    },
  ]);
  assert.equal(headers.get('retry-after'), '3');
  assert.equal(fetched, 0, 'nothing was fetched for it');
  assert.deepEqual(asked[0], { capacity: 2, refillPerMs: 2 / 60_000 });
  await dispose();
});

test('each caller has a bucket, and so has each field; aliases draw each', async () => {
  const { ask, used, dispose } = await face();
  const acme = makeIdentity({ subject: 'u1', consumer: 'acme' });
  await ask({ identity: acme });
  await ask({ identity: makeIdentity({ subject: 'u2' }) });
  await ask({ client: { address: '192.0.2.9', scheme: 'http' } });
  await ask({}, '{ home { a: dear { total } b: dear { total } } }');
  await ask({}, '{ home { name } }');
  assert.deepEqual(
    [...used],
    [
      ['["bff.test.field","acme","u1","Home.dear"]', 1],
      ['["bff.test.field","u2","u2","Home.dear"]', 1],
      ['["bff.test.field","","192.0.2.9","Home.dear"]', 1],
      ['["bff.test.field","","192.0.2.1","Home.dear"]', 2],
    ],
  );
  await dispose();
});

test('numbers that limit nothing are faults of the schema', async () => {
  await assert.rejects(bindSchema(bffWith('@rateLimit(limit: 0, duration: -1)')), (error) => {
    assert.ok(error instanceof BffError);
    assert.deepEqual(error.faults, [
      'Home.dear: @rateLimit: expected a limit of 1 at least',
      'Home.dear: @rateLimit: expected a duration of 1 at least',
    ]);
    return true;
  });
});

test('a schema that is only looked at has the directive too', async () => {
  const schema = await bindSchema(bffWith('@rateLimit'));
  assert.ok(schema.getDirective('rateLimit'));
});

test('a field that leads to what is deferred draws once, however many pieces lead through it', async () => {
  const { draw, used } = buckets();
  const text = `${DEFER_SDL} ${rateLimitTypeDefs}
    type Query { home: Home @rateLimit(limit: 1, duration: 60) }
    type Home { name: String dear: String far: String }`;
  const schema = withRateLimits(buildSchema(text), { bff: 'test', draw }, []);
  const execute = () =>
    executeDeferring({
      schema,
      document: parse('{ home { name ... @defer { dear } ... @defer { far } } }'),
      rootValue: { home: { name: 'Ada', dear: 'd', far: 'f' } },
      contextValue: { caller: () => ['a'], slot: { accepts: { subscription: true, incremental: true } } },
    });
  const answer = await execute();
  assert.ok('subsequentResults' in answer);
  assert.deepEqual(JSON.parse(JSON.stringify(answer.initialResult.data)), { home: { name: 'Ada' } });
  const told: unknown[] = [];
  for await (const { incremental = [] } of answer.subsequentResults) {
    for (const { data, errors } of incremental) told.push(JSON.parse(JSON.stringify(data)), errors);
  }
  assert.deepEqual(told, [{ dear: 'd' }, undefined, { far: 'f' }, undefined]);
  assert.deepEqual([...used.values()], [1]);
  const refused = await execute();
  assert.equal('errors' in refused && refused.errors?.length, 1, 'the next request is another');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn, makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import type { UpstreamRequest } from '../core/upstream-call.ts';
import { type DecisionConfig, decisionConfig } from './config.ts';
import { DecisionCache } from './decision-cache.ts';
import { DecisionPoint } from './decision-point.ts';
import { hiddenFields } from './input.ts';

interface Input {
  readonly identity: { readonly claims: unknown } | null;
  readonly request: { readonly headers?: unknown; readonly query?: unknown };
  readonly client?: unknown;
}

interface Scripted {
  readonly point: DecisionPoint;
  readonly asked: UpstreamRequest[];
  readonly clock: ManualClock;
  /** Of the first question. */
  input(): Promise<Input>;
}

function open(
  answer: string | Error,
  more: object = {},
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Scripted {
  const asked: UpstreamRequest[] = [];
  const clock = new ManualClock();
  const config: DecisionConfig = decisionConfig.parse({ upstream: 'opa', path: 'shop/allow', ...more });
  const point = new DecisionPoint({
    name: 'ask',
    config,
    message: undefined,
    hidden: hiddenFields(['x-api-key']),
    callUpstream: (request) => {
      asked.push(request);
      if (answer instanceof Error) return Promise.reject(answer);
      const body = new WholeBody(answer);
      return Promise.resolve({
        status,
        headers: HeaderFields.of(headers),
        body,
        settled: Promise.resolve({ kind: 'complete', bytes: 0 }),
      });
    },
    context: () => contextOn(clock),
    cache: new DecisionCache(),
    clock,
  });
  const input = async (): Promise<Input> => {
    const body = asked[0]?.body;
    assert.ok(body);
    const bytes = await collect(body, 1e6, () => new Error('too large'));
    return JSON.parse(Buffer.from(bytes).toString()).input;
  };
  return { point, asked, clock, input };
}

const { exchange } = makeExchange({
  method: 'POST',
  target: '/tenants/acme/orders?q=1',
  headers: { authorization: 'Bearer secret', 'x-api-key': 'secret', 'x-region': 'eu', other: '1' },
  identity: makeIdentity({
    subject: 'ada',
    tenant: 'acme',
    scopes: new Set(['a']),
    claims: { level: 3, other: 1 },
  }),
});

test('the input is who asks and for what, and no more than was chosen', async () => {
  const plain = open('{"result":true}');
  assert.deepEqual(await plain.point.decide(exchange), { outcome: 'allowed' });
  const [request] = plain.asked;
  assert.deepEqual(
    [request?.method, request?.path, request?.idempotent],
    ['POST', '/v1/data/shop/allow', true],
  );
  assert.deepEqual(await plain.input(), {
    identity: { subject: 'ada', tenant: 'acme', scheme: 'jwt', scopes: ['a'], roles: [], claims: {} },
    request: { method: 'POST', host: 'api.example', path: ['tenants', 'acme', 'orders'], params: {} },
  });
  const more = open('{"result":true}', {
    input: {
      claims: ['level', 'none'],
      headers: ['x-region', 'authorization', 'x-api-key'],
      query: true,
      address: true,
    },
  });
  await more.point.decide(exchange);
  const input = await more.input();
  assert.deepEqual(input.identity?.claims, { level: 3 });
  assert.deepEqual(input.request.headers, { 'x-region': 'eu' });
  assert.deepEqual(input.request.query, { q: '1' });
  assert.deepEqual(input.client, { address: '192.0.2.7' });
});

test('an answer that is encoded is not read, whatever its bytes would say', async () => {
  const { point } = open('{"result":true}', {}, 200, { 'content-encoding': 'gzip' });
  await assert.rejects(async () => point.decide(exchange), { code: 'upstream_unavailable' });
});

test('what it says: true, false, an object, or nothing, which is no', async () => {
  const said = async (answer: string, more = {}) => open(answer, more).point.decide(exchange);
  assert.equal((await said('{"result":{"allow":true}}')).outcome, 'allowed');
  assert.deepEqual(await said('{"result":false}'), {
    outcome: 'denied',
    detail: 'the decision point says no',
  });
  assert.deepEqual(await said('{}'), { outcome: 'denied', detail: 'the decision is undefined' });
  assert.deepEqual(await said('{"result":{"allow":false,"reason":"too late"}}'), {
    outcome: 'denied',
    detail: 'too late',
  });
  const headers = '{"result":{"allow":true,"headers":{"X-Tier":"gold","x-admin":"1"}}}';
  assert.deepEqual((await said(headers, { forward: ['x-tier'] })).headers, [['x-tier', 'gold']]);
  assert.equal((await said(headers)).headers, undefined);
});

test('whatever else comes, or nothing, means that nobody can tell', async () => {
  const answers: [string | Error, number?][] = [
    ['', 200],
    ['{"result":true}', 500],
    ['{"result":true}', 302],
    ['[]'],
    ['{"result":"yes"}'],
    ['{"result":{"allow":"yes"}}'],
    ['{"result":null}'],
    ['{"result":1}'],
    [`{"result":true,"x":"${'x'.repeat(70_000)}"}`],
    ['{"result":{"allow":true,"headers":{"x-tier":"a\\r\\nb"}}}'],
    [new FrontdeskError('circuit_open')],
    [new FrontdeskError('upstream_timeout')],
  ];
  for (const [answer, status] of answers) {
    const { point } = open(answer, { forward: ['x-tier'], cache: '1s' }, status);
    await assert.rejects(
      async () => point.decide(exchange),
      (error) =>
        error instanceof FrontdeskError && error.code === 'upstream_unavailable' && error.status === 503,
      String(answer).slice(0, 40),
    );
  }
});

test('equal inputs are one call while it runs, and for the time that was chosen', async () => {
  const { point, asked, clock } = open('{"result":true}', { cache: '1s' });
  await Promise.all([point.decide(exchange), point.decide(exchange)]);
  await point.decide(exchange);
  assert.equal(asked.length, 1);
  const other = makeExchange({ identity: makeIdentity({ subject: 'bob' }) }).exchange;
  await point.decide(other);
  assert.equal(asked.length, 2);
  clock.advance(1000);
  await point.decide(exchange);
  assert.equal(asked.length, 3);
});

test('somebody unknown is null', async () => {
  const { point, input } = open('{"result":false}');
  await point.decide(makeExchange().exchange);
  assert.equal((await input()).identity, null);
});

/** The order of the steps, seen from outside: which refusal a request gets that deserves several. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAuthenticator } from './auth/authenticator.ts';
import { allOf } from './auth/grants.ts';
import { collect, WholeBody } from './core/body.ts';
import { systemClock } from './core/clock.ts';
import { FrontdeskError } from './core/errors.ts';
import { type Exchange, makeReply } from './core/exchange.ts';
import { HeaderFields } from './core/headers.ts';
import { noLogger } from './core/log.ts';
import { noMeter } from './core/meter.ts';
import { makeExchange, makeIdentity } from './core/testing/exchange.ts';
import { MemoryLimiter } from './limits/memory-limiter.ts';
import { compilePlans, plansConfig } from './limits/plans/plans.ts';
import { adminChain, doorChain, refusalChain, routeChain, upgradeChain } from './pipeline.ts';
import { requestMetrics } from './telemetry/request-metrics.ts';
import type { LineSource } from './telemetry/sink.ts';
import { makeIdSource } from './wire/trace-context.ts';

const identity = makeIdentity({ consumer: 'c1', plan: 'tiny', scopes: new Set(['read']) });

/** Knows whoever carries `x-key: good`. */
const authenticator: RouteAuthenticator = {
  credentialHeaders: new Set(['x-key']),
  challenges: () => [],
  identify({ headers }) {
    if (headers.get('x-key') === 'good') return identity;
    throw new FrontdeskError('unauthenticated');
  },
};

function route(scopes: readonly string[]) {
  const seen: Exchange[] = [];
  const chain = routeChain({
    deadlineMs: 1_000,
    authenticator,
    grants: { scopes: allOf(scopes), roles: [] },
    limit: {
      limiter: new MemoryLimiter({ clock: systemClock, meter: noMeter }),
      plans: compilePlans(plansConfig.parse({ tiny: { limit: { capacity: 1, refill: '1/h' } } })),
      template: '/a',
      routeLimit: undefined,
      clock: systemClock,
      meter: noMeter,
    },
    maxBodyBytes: 5,
    handler: async (exchange) => {
      seen.push(exchange);
      return makeReply(200, new HeaderFields(), new WholeBody('ok'));
    },
  });
  const ask = (headers: Record<string, string>, body = 'small') =>
    chain(makeExchange({ method: 'POST', headers, body: new WholeBody(body) }).exchange);
  return { ask, seen };
}

test('who nobody knows is refused before a token is drawn and before the body is judged', async () => {
  const { ask, seen } = route(['read']);
  for (let i = 0; i < 3; i += 1) await assert.rejects(ask({}, 'far too large'), { code: 'unauthenticated' });
  assert.equal((await ask({ 'x-key': 'good' })).status, 200);
  assert.equal(seen.length, 1);
});

test('who lacks a scope is refused before a token is drawn', async () => {
  const lacking = route(['write']);
  for (let i = 0; i < 3; i += 1) {
    await assert.rejects(lacking.ask({ 'x-key': 'good' }), { code: 'insufficient_scope' });
  }
});

test("a socket's handshake is held against the tenant where it says who asks, and not before", async () => {
  const upgrade = (hasTenant: boolean) =>
    upgradeChain({
      deadlineMs: 1_000,
      authenticator,
      hasTenant,
      limit: undefined,
      handler: async () => makeReply(200, new HeaderFields(), new WholeBody('upgraded')),
    });
  const ask = (chain: ReturnType<typeof upgrade>, headers: Record<string, string>) => {
    const { exchange } = makeExchange({ headers });
    exchange.route = { template: '/', params: {}, kind: 'graph', chain, tenant: 'acme' };
    return chain(exchange);
  };
  await assert.rejects(ask(upgrade(true), { 'x-key': 'good' }), { code: 'forbidden' });
  assert.equal((await ask(upgrade(true), {})).status, 200);
  assert.equal((await ask(upgrade(false), { 'x-key': 'good' })).status, 200);
});

test('who is over the limit is refused before the body is judged', async () => {
  const { ask } = route(['read']);
  await assert.rejects(ask({ 'x-key': 'good' }, 'far too large'), { code: 'payload_too_large' });
  await assert.rejects(ask({ 'x-key': 'good' }, 'far too large'), { code: 'rate_limited' });
});

test('the handler sees the identity and not the credentials', async () => {
  const { ask, seen } = route([]);
  await ask({ 'x-key': 'good', 'x-other': '1' });
  assert.equal(seen[0]?.identity, identity);
  assert.deepEqual([...(seen[0]?.headers ?? [])], [['x-other', '1']]);
});

const lines: string[] = [];
const parts = {
  ids: makeIdSource(),
  logger: noLogger,
  identityHeaders: [],
  log: {
    clock: systemClock,
    metrics: requestMetrics(noMeter),
    lines: { writeLater: (source: LineSource) => void lines.push(source.line()) },
    redact: (target: string) => target,
  },
};

test('the door gives an id before anything can fail, and the log sees what the client sees', async () => {
  lines.length = 0;
  const { exchange } = makeExchange({ headers: { 'x-user-id': '1', 'x-request-id': 'mine' } });
  let seen: string | undefined = 'not asked';
  const door = doorChain({
    ...parts,
    match: (inner) => {
      seen = inner.headers.get('x-user-id');
      return Promise.reject(new TypeError('a bug'));
    },
  });
  const reply = await door(exchange);
  assert.equal(seen, undefined);
  assert.equal(reply.status, 500);
  assert.equal(reply.headers.get('x-request-id'), 'mine');
  reply.settlement.settle({ kind: 'complete', bytes: 0 });
  await reply.settlement.settled;
  const line: { id?: string; status?: number; error?: string } = JSON.parse(lines[0] ?? '{}');
  assert.deepEqual([line.id, line.status, line.error], ['mine', 500, 'internal']);
});

test('a request that the listener refused gets its id and its problem, and is never matched', async () => {
  const refused = new FrontdeskError('headers_too_large');
  const reply = await refusalChain(parts, refused)(makeExchange({}).exchange);
  assert.equal(reply.status, 431);
  assert.ok(reply.headers.get('x-request-id'));
});

test("operators' requests get ids and problems too", async () => {
  const chain = adminChain(parts, () => Promise.reject(new FrontdeskError('not_found')));
  const reply = await chain(makeExchange({}).exchange);
  const problem = await collect(reply.body, 1_000, () => new Error('too large'));
  assert.match(Buffer.from(problem).toString(), /urn:frontdesk:problem:not-found/);
  assert.ok(reply.headers.get('x-request-id'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseList } from 'structured-headers';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { exchangeOn, makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { MemoryLimiter } from '../limits/memory-limiter.ts';
import { compilePlans, plansConfig, type RouteLimitConfig, routeLimitConfig } from '../limits/plans/plans.ts';
import { consumerLimit } from './consumer-limit.ts';

const plans = compilePlans(
  plansConfig.parse({
    free: { limit: { capacity: 3, refill: '3/min' } },
    each: { limit: { capacity: 1, refill: '1/min' }, per: 'subject' },
    internal: { limit: 'unlimited' },
    guests: { limit: { capacity: 1, refill: '1/min' }, per: 'address', anonymous: true },
  }),
);

function setUp(routeLimit?: RouteLimitConfig) {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter });
  const stepFor = (template: string) => {
    const step = consumerLimit({ limiter, plans, template, routeLimit, clock, meter: noMeter });
    assert.ok(step);
    return step;
  };
  const ok = async (): Promise<Reply> => makeReply(200, new HeaderFields(), emptyBody);
  const request = (
    identity: Identity | undefined,
    options: { template?: string; address?: string; next?: (exchange: Exchange) => Promise<Reply> } = {},
  ) =>
    stepFor(options.template ?? '/x')(
      makeExchange({ identity, address: options.address ?? '192.0.2.1' }).exchange,
      options.next ?? ok,
    );
  return { clock, request };
}

async function refusal(answer: Promise<unknown>): Promise<FrontdeskError> {
  const error = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FrontdeskError, 'admitted');
  assert.equal(error.code, 'rate_limited');
  return error;
}

const acme = makeIdentity({ consumer: 'acme', plan: 'free' });

test('answers tell what is left; past the plan it is 429 with the same fields and a time', async () => {
  const { clock, request } = setUp();
  const first = await request(acme);
  assert.deepEqual(Object.fromEntries(first.headers), {
    ratelimit: '"free";r=2;t=20',
    'ratelimit-policy': '"free";q=3;w=60',
    'x-ratelimit-limit': '3',
    'x-ratelimit-remaining': '2',
    'x-ratelimit-reset': '20',
  });
  await request(acme);
  await request(acme);
  const error = await refusal(request(acme, { next: async () => assert.fail('went on') }));
  assert.equal(error.retryAfterS, 20);
  assert.deepEqual(Object.fromEntries(error.headers), {
    ratelimit: '"free";r=0;t=20',
    'ratelimit-policy': '"free";q=3;w=60',
    'x-ratelimit-limit': '3',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '20',
  });
  assert.deepEqual(error.members, {
    reason: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    'violated-policies': ['free'],
  });
  clock.advance(20_000);
  await request(acme);
});

test('consumers and routes have buckets of their own, users of one consumer share', async () => {
  const { request } = setUp();
  for (let i = 0; i < 3; i += 1)
    await request(makeIdentity({ consumer: 'acme', plan: 'free', subject: `u${i}` }));
  await refusal(request(acme));
  await request(makeIdentity({ consumer: 'other', plan: 'free' }));
  await request(acme, { template: '/y' });
});

test('J138: one consumer from ever new addresses has one bucket: addresses do not matter for who is known', async () => {
  const { request } = setUp();
  for (let i = 0; i < 3; i += 1) await request(acme, { address: `192.0.2.${i}` });
  await refusal(request(acme, { address: '198.51.100.1' }));
});

test('a plan per subject gives each user a bucket, also where two applications have users of one name', async () => {
  const { request } = setUp();
  const user = (subject: string, consumer: string) => makeIdentity({ subject, consumer, plan: 'each' });
  await request(user('u1', 'acme'));
  await refusal(request(user('u1', 'acme')));
  await request(user('u2', 'acme'));
  await request(user('u1', 'other'));
});

test('callers without a configured application do not share one bucket', async () => {
  const { request } = setUp();
  for (let i = 0; i < 3; i += 1) await request(makeIdentity({ subject: 'u1', plan: 'free' }));
  await refusal(request(makeIdentity({ subject: 'u1', plan: 'free' })));
  await request(makeIdentity({ subject: 'u2', plan: 'free' }));
});

test('nobody is limited by address', async () => {
  const { request } = setUp();
  await request(undefined);
  await refusal(request(undefined));
  await request(undefined, { address: '192.0.2.2' });
});

test('unlimited plans and identities without a plan pass without fields', async () => {
  const { request } = setUp();
  for (const plan of ['internal', undefined]) {
    for (let i = 0; i < 10; i += 1) {
      const reply = await request(makeIdentity({ plan }), {
        next: async (exchange) => {
          await exchange.charge(1000);
          return makeReply(200, new HeaderFields(), emptyBody);
        },
      });
      assert.equal(reply.headers.size, 0);
    }
  }
});

test("a route's own limit stands in place of the plans'", async () => {
  const { request } = setUp({ capacity: 1, refill: 0.001, per: 'consumer' });
  assert.equal((await request(acme)).headers.get('ratelimit-policy'), '"route";q=1;w=1');
  await refusal(request(acme));
  await request(undefined);
  await refusal(request(undefined));
});

test('where nothing is limited there is no step', () => {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter });
  const shared = { limiter, template: '/x', clock, meter: noMeter };
  assert.equal(consumerLimit({ ...shared, plans, routeLimit: 'unlimited' }), undefined);
  assert.equal(consumerLimit({ ...shared, plans: compilePlans({}), routeLimit: undefined }), undefined);
});

test('a cost that is known later is charged, told, and refused like any other', async () => {
  const { request } = setUp();
  const costing = (tokens: number) => async (exchange: Exchange) => {
    await exchange.charge(tokens);
    return makeReply(200, new HeaderFields(), emptyBody);
  };
  const reply = await request(acme, { next: costing(1) });
  assert.equal(reply.headers.get('x-ratelimit-remaining'), '1');
  const error = await refusal(request(acme, { next: costing(2) }));
  assert.equal(Object.fromEntries(error.headers)['x-ratelimit-remaining'], '0');
  assert.equal(error.headers.filter(([name]) => name === 'ratelimit').length, 1);
});

test('an error of a later step tells of the limit too, and stays what it is', async () => {
  const { request } = setUp();
  const failing = (thrown: unknown) => () => Promise.reject(thrown);
  const unavailable = new FrontdeskError('upstream_unavailable', {
    detail: 'why',
    retryAfterS: 7,
    headers: [['allow', 'GET']],
  });
  for (const [thrown, code] of [
    [unavailable, 'upstream_unavailable'],
    [new TypeError('bug'), 'internal'],
  ] as const) {
    const error = await request(acme, { next: failing(thrown) }).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    assert.ok(error instanceof FrontdeskError);
    assert.equal(error.code, code);
    assert.equal(error.cause, thrown);
    assert.ok(error.headers.some(([name]) => name === 'x-ratelimit-remaining'));
    if (thrown === unavailable) {
      assert.deepEqual([error.detail, error.retryAfterS, error.headers[0]], ['why', 7, ['allow', 'GET']]);
    }
  }
});

const ALGORITHMS = [
  { capacity: 3, refill: '3/min' },
  { algorithm: 'sliding-window', limit: 3, window: '1m' },
  { algorithm: 'sliding-log', limit: 3, window: '1m' },
  { algorithm: 'fixed-window', limit: 3, window: '1m' },
];

/** What a field says, as a library for structured fields reads it. */
function parsed(
  headers: Iterable<readonly [string, string]>,
  name: string,
): [unknown, Record<string, unknown>] {
  const [item] = parseList([...headers].find(([field]) => field === name)?.[1] ?? '');
  assert.ok(item);
  return [item[0], Object.fromEntries(item[1])];
}

test('every algorithm says its quota, window, rest and time in structured fields; who waits as told is never early', async () => {
  for (const written of ALGORITHMS) {
    const { clock, ask } = routeRig(written);
    clock.advance(12_345);
    for (const left of [2, 1, 0]) {
      const { headers } = await ask();
      assert.deepEqual(parsed(headers, 'ratelimit-policy'), ['route', { q: 3, w: 60 }]);
      const [name, { r, t }] = parsed(headers, 'ratelimit');
      assert.deepEqual([name, r], ['route', left]);
      assert.ok(Number.isInteger(t) && Number(t) >= 1 && Number(t) <= 120, `t=${t}`);
    }
    const error = await refusal(ask());
    const [, { r, t }] = parsed(error.headers, 'ratelimit');
    assert.deepEqual([r, t], [0, error.retryAfterS], 'J143: a 429 has Retry-After, and it is what t says');
    clock.advance(Number(t) * 1000);
    await ask();
  }
});

/** A route with this limit, and when requests went on. */
function routeRig(written: object) {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter });
  const routeLimit = routeLimitConfig.parse(written);
  const step = consumerLimit({ limiter, plans, template: '/x', routeLimit, clock, meter: noMeter });
  assert.ok(step);
  const went: number[] = [];
  const ask = (exchange = exchangeOn(clock)) =>
    step(exchange, async () => {
      went.push(clock.now());
      return makeReply(200, new HeaderFields(), emptyBody);
    });
  return { clock, ask, went };
}

const queueOfTwo = { algorithm: 'leaky-bucket', rate: '10/s', queue: 2 };

test('in a leaky bucket requests go on at its pace, and what finds the queue full is refused with the time of a place', async () => {
  const { clock, ask, went } = routeRig(queueOfTwo);
  const answers = [ask(), ask(), ask()];
  const error = await refusal(ask());
  assert.equal(error.retryAfterS, 1);
  assert.deepEqual(parsed(error.headers, 'ratelimit-policy'), ['route', { q: 3, w: 1 }]);
  assert.deepEqual(went, [0]);
  for (let i = 0; i < 20; i += 1) {
    clock.advance(10);
    await Promise.resolve();
  }
  const replies = await Promise.all(answers);
  assert.deepEqual(went, [0, 100, 200]);
  assert.deepEqual(
    replies.map(({ headers }) => parsed(headers, 'ratelimit')[1].r),
    [2, 1, 0],
  );
  assert.equal(clock.pending, 0);
});

test('who leaves the queue takes its timer along; whose turn would come past the deadline is refused at once', async () => {
  const { clock, ask, went } = routeRig(queueOfTwo);
  await ask();
  assert.equal(clock.pending, 0, 'who need not wait has no timer');
  const leaving = exchangeOn(clock);
  const answer = ask(leaving);
  assert.equal(clock.pending, 1);
  leaving.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(answer, (error) => error instanceof FrontdeskError && error.code === 'client_closed');
  assert.equal(clock.pending, 0);
  const hurried = exchangeOn(clock);
  hurried.deadline.within(150);
  const error = await refusal(ask(hurried));
  assert.equal(error.retryAfterS, 1);
  hurried.deadline.end();
  clock.advance(1000);
  assert.deepEqual(went, [0], 'nobody went in their place');
});

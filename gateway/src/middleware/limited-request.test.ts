import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseList } from 'structured-headers';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { exchangeOn, makeIdentity } from '../core/testing/exchange.ts';
import { InFlight } from '../limits/algorithms/in-flight.ts';
import { MemoryLimiter } from '../limits/memory-limiter.ts';
import { compilePlans, plansConfig } from '../limits/plans/plans.ts';
import { compilePolicies, routePolicies } from '../limits/plans/policies.ts';
import { limitsConfig } from '../limits/plans/policy-config.ts';
import { consumerLimit, doorLimit, handshakeLimit } from './consumer-limit.ts';
import { DoorDraws } from './limited-request.ts';

const acme = makeIdentity({ consumer: 'acme', tenant: 't1', plan: 'free' });

const { policies: written } = limitsConfig.parse({
  policies: {
    daily: { by: ['tenant'], quota: { limit: 4, window: 'day' } },
    costly: { by: ['consumer'], limit: { capacity: 10, refill: '10/min' }, cost: 'graphql' },
    atOnce: { by: ['consumer'], concurrency: { max: 2 } },
    byName: { by: ['operation'], limit: { capacity: 1, refill: '1/min' } },
    flood: { by: ['address'], limit: { capacity: 3, refill: '3/min' } },
    doors: { by: 'global', concurrency: { max: 1 } },
    shaped: { by: ['operation'], limit: { algorithm: 'leaky-bucket', rate: '10/s' } },
  },
});
const policies = compilePolicies(written);
const planned = compilePlans(plansConfig.parse({ free: { limit: { capacity: 3, refill: '3/min' } } }));
const unplanned = compilePlans({});

const answered = async (): Promise<Reply> => makeReply(200, new HeaderFields(), emptyBody);

function rig(
  limitedBy: readonly string[],
  more: { plans?: typeof planned; everywhere?: readonly string[] } = {},
) {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter });
  const inFlight = new InFlight();
  const door = more.everywhere && new DoorDraws();
  const common = { limiter, inFlight, clock, meter: noMeter, door };
  const plans = more.plans ?? planned;
  const options = {
    ...common,
    plans,
    policies,
    own: routePolicies([...limitedBy], policies, '/x'),
    template: '/x',
    routeLimit: undefined,
  };
  const step = consumerLimit(options);
  const atDoor = doorLimit(
    { ...common, own: routePolicies([...(more.everywhere ?? [])], policies, '*') },
    ({ path }) => path === '/healthz',
  );
  const ask = (next: (exchange: Exchange) => Promise<Reply> = answered, own: Partial<Exchange> = {}) => {
    const exchange = exchangeOn(clock, { identity: acme, ...own });
    const inner = (inside: Exchange) => (step ? step(inside, next) : next(inside));
    return atDoor ? atDoor(exchange, inner) : inner(exchange);
  };
  return { clock, limiter, inFlight, options, ask };
}

async function refusal(answer: Promise<unknown>): Promise<FrontdeskError> {
  const error = await answer.then(
    () => assert.fail('admitted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FrontdeskError && error.code === 'rate_limited');
  return error;
}

/** A field's items, as a library for structured fields reads them. */
function items(headers: Iterable<readonly [string, string]>, name: string): [unknown, unknown][] {
  const text = [...headers].find(([field]) => field === name)?.[1] ?? '';
  return parseList(text).map(([item, parameters]) => [item, Object.fromEntries(parameters)]);
}

describe('several policies at once', () => {
  test('every answer tells of all of them as lists, and X-RateLimit of the tightest', async () => {
    const { ask } = rig(['daily', 'atOnce']);
    const { headers } = await ask();
    assert.deepEqual(items(headers, 'ratelimit-policy'), [
      ['atOnce', { q: 2, qu: 'concurrent-requests' }],
      ['free', { q: 3, w: 60 }],
      ['daily', { q: 4, w: 86_400 }],
    ]);
    assert.deepEqual(
      items(headers, 'ratelimit').map(([name, told]) => [
        name,
        told instanceof Object && 'r' in told && told.r,
      ]),
      [
        ['atOnce', 1],
        ['free', 2],
        ['daily', 3],
      ],
    );
    assert.deepEqual([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')], ['2', '1']);
  });

  test('a request draws from all or none; what refused is named, and the longest time told', async () => {
    const { clock, ask } = rig(['daily']);
    for (let i = 0; i < 3; i += 1) await ask();
    for (let i = 0; i < 3; i += 1) {
      const error = await refusal(ask());
      assert.deepEqual([error.members['violated-policies'], error.retryAfterS], [['free'], 20]);
    }
    clock.advance(60_000);
    const last = await ask();
    assert.equal(items(last.headers, 'ratelimit').length, 2, 'refusals cost the quota nothing');
    const error = await refusal(ask());
    assert.deepEqual(error.members['violated-policies'], ['daily']);
    assert.ok((error.retryAfterS ?? 0) > 3600);
    assert.deepEqual(Object.fromEntries(error.headers)['x-ratelimit-limit'], '4');
  });

  test('a cost is drawn from those that count costs', async () => {
    const { ask } = rig(['daily', 'costly'], { plans: unplanned });
    const { headers } = await ask(async (exchange) => {
      await exchange.charge(4);
      return answered();
    });
    const left = items(headers, 'ratelimit').map(([name, told]) => [name, told]);
    assert.deepEqual(left[1], ['costly', { r: 5, t: 30 }]);
    const error = await refusal(
      ask(async (exchange) => {
        await exchange.charge(5);
        return answered();
      }),
    );
    assert.deepEqual(error.members['violated-policies'], ['costly']);
  });

  test('a limit by operation is drawn from when the operation is known: each its own count', async () => {
    const { ask } = rig(['byName'], { plans: unplanned });
    const asking = (operation: string) => async (exchange: Exchange) => {
      await exchange.chargeOperation?.(operation);
      return answered();
    };
    const { headers } = await ask(asking('Checkout'));
    assert.deepEqual(items(headers, 'ratelimit-policy'), [['byName', { q: 1, w: 60 }]]);
    const error = await refusal(ask(asking('Checkout')));
    assert.deepEqual(error.members['violated-policies'], ['byName']);
    await ask(asking('Search'));
    await ask(answered);
  });

  test('an operation waits for its turn under a leaky bucket', async () => {
    const { clock, ask } = rig(['shaped'], { plans: unplanned });
    const went: number[] = [];
    const asking = async (exchange: Exchange) => {
      await exchange.chargeOperation?.('');
      went.push(clock.now());
      return answered();
    };
    const both = [ask(asking), ask(asking)];
    for (let i = 0; i < 20; i += 1) {
      await Promise.resolve();
      clock.advance(10);
    }
    await Promise.all(both);
    assert.equal(went.length, 2);
    assert.ok((went[1] ?? 0) - (went[0] ?? 0) >= 90, String(went));
  });
});

describe('requests at once', () => {
  const opened = () => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    return { next: () => promise, resolve, reject };
  };

  test('a place is held until the answer is through, not only its head', async () => {
    const { ask, inFlight } = rig(['atOnce'], { plans: unplanned });
    const first = await ask();
    await ask();
    const error = await refusal(ask(async () => assert.fail('went on')));
    assert.deepEqual([error.members['violated-policies'], error.retryAfterS], [['atOnce'], 1]);
    assert.deepEqual(items(error.headers, 'ratelimit'), [['atOnce', { r: 0 }]]);
    first.settlement.settle({ kind: 'complete', bytes: 0 });
    const again = await ask();
    assert.equal(inFlight.size, 1);
    again.settlement.settle({ kind: 'aborted', bytes: 0 });
  });

  test('who is refused by another limit holds no place, and who finds no place draws nothing', async () => {
    const { ask, inFlight, clock } = rig(['atOnce']);
    const held = [await ask(), await ask()];
    for (let i = 0; i < 5; i += 1) await refusal(ask());
    for (const reply of held) reply.settlement.settle({ kind: 'complete', bytes: 0 });
    (await ask()).settlement.settle({ kind: 'complete', bytes: 0 });
    const error = await refusal(ask());
    assert.deepEqual(error.members['violated-policies'], ['free']);
    assert.equal(inFlight.size, 0);
    assert.equal(clock.pending, 0);
  });

  test('never more at once than there are places, and none is lost, however requests end', async () => {
    const ending = fc.constantFrom('complete', 'aborted', 'failed', 'error' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(9), ending), { maxLength: 40 }), async (steps) => {
        const { ask, inFlight } = rig(['atOnce'], { plans: unplanned });
        const open: { end: (how: string) => Promise<void> }[] = [];
        for (const [at, how] of steps) {
          const leaving = open.splice(at, 1)[0];
          if (leaving) {
            await leaving.end(how);
            continue;
          }
          const { next, resolve, reject } = opened();
          const answer = ask(next);
          if (open.length === 2) {
            await refusal(answer);
            continue;
          }
          open.push({
            async end(kind) {
              if (kind === 'error') {
                reject(new FrontdeskError('client_closed'));
                await answer.catch(() => {});
                return;
              }
              const reply = await answered();
              resolve(reply);
              await answer;
              reply.settlement.settle({ kind: kind === 'failed' ? 'failed' : 'aborted', bytes: 1 });
            },
          });
        }
        for (const one of open) await one.end('complete');
        assert.equal(inFlight.size, 0);
      }),
      { numRuns: 50 },
    );
  });

  test('a socket holds no place of its own: what comes over it does', async () => {
    const { options, inFlight, clock } = rig(['atOnce', 'daily']);
    const step = handshakeLimit(options);
    const reply = await step?.(exchangeOn(clock, { identity: acme }), answered);
    assert.equal(items(reply?.headers ?? [], 'ratelimit').length, 2);
    assert.equal(inFlight.size, 0);
    assert.ok(handshakeLimit(rig(['atOnce'], { plans: unplanned }).options));
  });
});

describe('at the door', () => {
  test('everybody draws before anything is known; the route’s answer tells of both', async () => {
    const { ask } = rig(['daily'], { everywhere: ['flood', 'doors'] });
    const reply = await ask();
    assert.deepEqual(
      items(reply.headers, 'ratelimit-policy').map(([name]) => name),
      ['doors', 'flood', 'free', 'daily'],
    );
    const error = await refusal(ask());
    assert.deepEqual(error.members['violated-policies'], ['doors']);
    reply.settlement.settle({ kind: 'complete', bytes: 0 });
  });

  test('a flood from one address is refused there, and health is always answered', async () => {
    const { ask } = rig([], { plans: unplanned, everywhere: ['flood'] });
    for (let i = 0; i < 3; i += 1) {
      const { headers } = await ask();
      assert.deepEqual(items(headers, 'ratelimit-policy'), [['flood', { q: 3, w: 60 }]]);
    }
    const error = await refusal(ask(async () => assert.fail('went on')));
    assert.deepEqual(error.members['violated-policies'], ['flood']);
    const health = await ask(answered, { path: '/healthz' });
    assert.equal(health.headers.size, 0);
    await ask(answered, { client: { address: '192.0.2.9', scheme: 'http' } });
  });

  test('an error further in tells of the door’s limits too, once', async () => {
    const failing = async () => Promise.reject(new FrontdeskError('unauthenticated'));
    const alone = rig([], { plans: unplanned, everywhere: ['flood'] });
    const both = rig(['daily'], { everywhere: ['flood'] });
    for (const [{ ask }, names] of [
      [alone, ['flood']],
      [both, ['flood', 'free', 'daily']],
    ] as const) {
      const error = await ask(failing).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof FrontdeskError && error.code === 'unauthenticated');
      assert.deepEqual(
        items(error.headers, 'ratelimit-policy').map(([name]) => name),
        names,
      );
    }
  });
});

test('whatever throws at once, its places are given back', async () => {
  const { ask, inFlight, limiter } = rig(['atOnce'], { plans: unplanned });
  const broken = () => {
    throw new Error('broken');
  };
  for (let i = 0; i < 3; i += 1) await assert.rejects(async () => ask(broken));
  assert.equal(inFlight.size, 0);
  const drawing = rig(['atOnce', 'daily']);
  drawing.limiter.take = broken;
  for (let i = 0; i < 3; i += 1) await assert.rejects(async () => drawing.ask());
  assert.equal(drawing.inFlight.size, 0);
  assert.equal(limiter.size, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { MemoryChannels } from '../../state/memory-channels.ts';
import { PrimaryChannels } from '../../state/primary-channels.ts';
import { pairOfWorkers } from '../../state/testing/worker-pair.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { upstreamConfig } from '../config.ts';
import { EndpointRegistry } from '../endpoints/endpoint-registry.ts';
import { breakerConfig, CircuitBreaker } from './breaker.ts';
import { BreakerHints } from './breaker-hints.ts';
import { upstreamMetrics } from './observation.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function fail(breaker: CircuitBreaker | undefined, times: number): void {
  assert.ok(breaker);
  for (let i = 0; i < times; i += 1) breaker.end(breaker.begin(), 'failure');
}

/** A process of a node with an endpoint of `users`. */
function startProcess(hints: 'off' | 'listen' | 'share', workers = pairOfWorkers(0), breaker: object = {}) {
  const { clock } = workers;
  const meter = createMetrics({ maxSeries: 100 });
  const channels = new PrimaryChannels({ store: workers.start(), logger: noLogger });
  const told = new BreakerHints({ channels, clock, meter });
  const metrics = upstreamMetrics(noMeter);
  const registry = new EndpointRegistry({ clock, metrics, logger: noLogger, random: () => 0, hints: told });
  const url = 'http://127.0.0.1:1';
  const config = upstreamConfig.parse({ url, breaker: { hints, jitter: 0, ...breaker } });
  const lease = registry.endpoint('users', config, url);
  const counted = async (): Promise<string[]> =>
    (await meter.text()).split('\n').filter((line) => line.startsWith('frontdesk_breaker_hints_total{'));
  return {
    workers,
    clock,
    lease,
    breaker: lease.value.breaker,
    endpoint: lease.value,
    told,
    channels,
    counted,
  };
}

test("a process that hears that another's breaker opened needs half of its own failures; who does not listen, all", async () => {
  const one = startProcess('share');
  const { workers, clock } = one;
  const other = startProcess('listen', workers);
  const deaf = startProcess('off', workers);
  fail(one.breaker, 20);
  assert.equal(one.breaker?.state, 'open');
  for (let i = 0; i < 4; i += 1) await turn();
  assert.deepEqual(
    [other.breaker?.careful, deaf.breaker?.careful, other.breaker?.state],
    [true, false, 'closed'],
  );
  for (const { breaker } of [other, deaf]) fail(breaker, 10);
  assert.deepEqual([other.breaker?.state, deaf.breaker?.state], ['open', 'closed']);
  // Listening is not telling.
  assert.deepEqual(await other.counted(), [
    'frontdesk_breaker_hints_total{upstream="users",what="heeded"} 1',
  ]);
  assert.deepEqual(await one.counted(), ['frontdesk_breaker_hints_total{upstream="users",what="sent"} 1']);
  const third = startProcess('share', workers);
  clock.advance(30_000);
  one.breaker?.end(one.breaker.begin(), 'failure');
  for (let i = 0; i < 4; i += 1) await turn();
  assert.equal(third.breaker?.careful, true);
  clock.advance(30_000);
  assert.equal(third.breaker?.careful, false, 'for 30 s at most');
  one.breaker?.end(one.breaker.begin(), 'success');
  await one.lease.release();
});

test('the closing of the other ends it; nonsense and what is of somebody else do nothing', async () => {
  const { breaker, channels, told, counted, clock } = startProcess('listen');
  const say = async (...words: unknown[]) => {
    await channels.publish('breakers', JSON.stringify(words));
    for (let i = 0; i < 4; i += 1) await turn();
  };
  for (const text of ['', 'x', '{}', '[]', 'null', `"${'x'.repeat(3000)}"`, '[1,2,3,4,5]'])
    await channels.publish('breakers', text);
  await say('p', 'open', 'orders', '127.0.0.1:1', null);
  await say('p', 'open', 'users', '127.0.0.1:2', null);
  await say('p', 'half-open', 'users', '127.0.0.1:1', null);
  await say('p', 'open', 'users', '127.0.0.1:1', 7);
  await say('p', 'open', 'users', '127.0.0.1:1', '/users/*');
  assert.equal(breaker?.careful, false);
  await say('p', 'open', 'users', '127.0.0.1:1', null);
  assert.equal(breaker?.careful, true);
  await say('p', 'closed', 'users', '127.0.0.1:1', null);
  assert.equal(breaker?.careful, false);
  for (let i = 0; i < 150; i += 1) await say('p', 'open', 'users', '127.0.0.1:1', null);
  assert.equal(breaker?.careful, false, 'it heeds nobody for as long again');
  clock.advance(60_000);
  await say('p', 'open', 'users', '127.0.0.1:1', null);
  assert.equal(breaker?.careful, true);
  assert.equal((await counted()).length, 2);
  told.close();
});

test('a breaker of a template is told by its template', async () => {
  const one = startProcess('share', pairOfWorkers(0), { per: 'template' });
  const other = startProcess('listen', one.workers, { per: 'template' });
  const { endpoint } = other;
  const [listed, single] = [endpoint.templates?.of('/users'), endpoint.templates?.of('/users/*')];
  fail(one.endpoint.templates?.of('/users'), 20);
  for (let i = 0; i < 4; i += 1) await turn();
  assert.deepEqual([listed?.careful, single?.careful], [true, false]);
});

test('a process tells of ten changes a second and no more', async () => {
  const clock = new ManualClock();
  const channels = new MemoryChannels({ logger: noLogger });
  const hints = new BreakerHints({ channels, clock, meter: noMeter });
  let heard = 0;
  channels.subscribe('breakers', {
    message() {
      heard += 1;
    },
    resumed() {},
  });
  for (let i = 0; i < 50; i += 1) hints.tell('open', { upstream: 'users', endpoint: `a:${i}` });
  await turn();
  assert.equal(heard, 10);
});

test('a flood of hints never opens a breaker: its own calls must fail at the usual rate, half as many at least', () => {
  const event = fc.oneof(
    { weight: 3, arbitrary: fc.constant('hint' as const) },
    { weight: 6, arbitrary: fc.constant('success' as const) },
    { weight: 5, arbitrary: fc.constant('failure' as const) },
    { weight: 1, arbitrary: fc.constant('wait' as const) },
  );
  const settings = fc.record({
    minimumCalls: fc.integer({ min: 1, max: 20 }),
    consecutive: fc.integer({ min: 1, max: 9 }),
    rate: fc.constantFrom(0.3, 0.5, 0.8),
  });
  fc.assert(
    fc.property(
      settings,
      fc.array(event, { maxLength: 200 }),
      ({ minimumCalls, consecutive, rate }, events) => {
        const clock = new ManualClock();
        const config = breakerConfig.parse({
          minimumCalls,
          windowCalls: 20,
          errorRate: rate,
          consecutiveFailures: consecutive,
          openFor: '10s',
          jitter: 0,
        });
        const breaker = new CircuitBreaker(config, { clock, random: () => 0 });
        const history: boolean[] = [];
        let carefulMs = 0;
        const half = (n: number) => Math.max(Math.min(2, n), Math.ceil(n / 2));
        for (const one of events) {
          if (one === 'hint') breaker.beCareful();
          else if (one === 'wait') {
            for (let i = 0; i < 5; i += 1) {
              carefulMs += breaker.careful ? 1000 : 0;
              clock.advance(1000);
            }
          } else {
            const isCareful = breaker.careful;
            breaker.end(breaker.begin(), one);
            history.push(one === 'failure');
            if (breaker.state === 'closed') continue;
            const recent = history.slice(-20);
            const failed = recent.filter(Boolean).length;
            const streak = history.length - 1 - history.lastIndexOf(false);
            const calls = isCareful ? half(minimumCalls) : minimumCalls;
            const inARow = isCareful ? half(consecutive) : consecutive;
            assert.ok(streak >= inARow || (recent.length >= calls && failed / recent.length >= rate));
            assert.ok(failed > 0);
            return;
          }
          assert.equal(breaker.state, 'closed');
        }
        // Of all the time no more than half, but for the one that has just begun.
        assert.ok(carefulMs <= clock.now() / 2 + 10_000);
      },
    ),
    { numRuns: 300 },
  );
});

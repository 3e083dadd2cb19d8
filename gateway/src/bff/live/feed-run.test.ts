/** One feed: its backoff grows and is forgotten, chance spreads it, `Retry-After` holds, and it is left for good. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { BackendStatusError } from '../backend-failure.ts';
import { FeedRun } from './feed-run.ts';
import { feed, PushedSource, settled } from './live.fixture.ts';

function started(open: () => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>, random = 1) {
  const clock = new ManualClock();
  const told: string[] = [];
  const signals: AbortSignal[] = [];
  const run = new FeedRun({
    name: 'status',
    feed: feed(({ signal }) => {
      signals.push(signal);
      return open();
    }),
    context: contextOn(clock),
    clock,
    random: () => random,
    input: {},
    openClients: () => () => ({ rest: {}, grpc: {}, graph: () => Promise.reject(new Error('none')) }),
    use: () => Promise.reject(new Error('none')),
    current: () => null,
    ready: Promise.resolve(),
    listener: {
      value: (_, value) => told.push(`value ${String(value)}`),
      broke: (_, { code }, retryInMs) => told.push(`broke ${code} ${retryInMs}`),
      healed: (_, silent) => told.push(silent ? 'healed silent' : 'healed'),
      ended: () => told.push('ended'),
    },
  });
  run.start();
  return { run, clock, told, signals };
}

const reset = () => new FrontdeskError('upstream_reset');

it('waits twice as long each time it fails, up to half a minute, and less by chance', async () => {
  const { told, clock, run } = started(() => Promise.reject(reset()));
  for (let i = 0; i < 9; i += 1) {
    await settled();
    clock.advance(30_000);
  }
  await settled();
  const waits = told.map((line) => Number(line.split(' ')[2]));
  assert.deepEqual(waits.slice(0, 9), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  run.stop();
  const lucky = started(() => Promise.reject(reset()), 0);
  await settled();
  assert.deepEqual(lucky.told, ['broke upstream_reset 250']);
  lucky.run.stop();
});

it('waits as long as it is told, and never again where it is told that it is wrong', async () => {
  const limited = started(() =>
    Promise.reject(new FrontdeskError('upstream_unavailable', { retryAfterS: 60 })),
  );
  const missing = started(() => Promise.reject(new BackendStatusError('trips', 'GET /events', 404)));
  const busy = started(() => Promise.reject(new BackendStatusError('trips', 'GET /events', 429)));
  await settled();
  assert.deepEqual(limited.told, ['broke upstream_unavailable 60000']);
  assert.deepEqual(missing.told, ['broke upstream_error undefined']);
  assert.deepEqual(busy.told, ['broke upstream_error 500']);
  for (const { run } of [limited, missing, busy]) run.stop();
});

it('forgets its failures with the first word', async () => {
  const source = new PushedSource<string>();
  const { told, clock, run } = started(() => source);
  await settled();
  source.end(reset());
  await settled();
  clock.advance(500);
  await settled();
  source.push('a');
  await settled();
  source.end(reset());
  await settled();
  assert.deepEqual(told, ['broke upstream_reset 500', 'healed', 'value a', 'broke upstream_reset 500']);
  run.stop();
});

it('is left for good: its signal is aborted, and nothing is told after', async () => {
  const source = new PushedSource<string>();
  const { told, signals, run, clock } = started(() => source);
  await settled();
  run.stop();
  await settled();
  assert.equal(source.left, 1);
  assert.equal(signals[0]?.aborted, true);
  source.push('late');
  await settled();
  clock.advance(60_000);
  await settled();
  assert.deepEqual(told, []);
  assert.equal(source.opened, 1);
});

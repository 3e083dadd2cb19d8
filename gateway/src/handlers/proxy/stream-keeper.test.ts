import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { OpenStreams } from '../../core/open-streams.ts';
import { makeExchange, makeIdentity } from '../../core/testing/exchange.ts';
import { subscriptionsConfig } from '../../graph/stream-config.ts';
import { CallerCounts } from '../caller-counts.ts';
import { IdentityWatch } from '../identity-watch.ts';
import { StreamKeeper } from './stream-keeper.ts';

function keeping(config: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const gauge = new Map<string, number>();
  const lost = new Set<string>();
  const process = new OpenStreams({ clock, random: () => 0 });
  const generation = new OpenStreams({ clock, random: () => 0 });
  const counts = new CallerCounts();
  const keeper = new StreamKeeper({
    config: subscriptionsConfig.parse(config),
    clock,
    meter: { ...noMeter, gauge: () => (value, kind) => void gauge.set(kind ?? '', value) },
    watch: new IdentityWatch(clock, ({ subject }) => !lost.has(subject)),
    counts,
    generation,
    process,
  });
  const { exchange } = makeExchange({ identity: makeIdentity() });
  const ended: string[] = [];
  const end = ({ code, detail }: FrontdeskError): void =>
    void ended.push(detail ? `${code} ${detail}` : code);
  return { clock, gauge, lost, process, generation, counts, keeper, exchange, ended, end };
}

test('whatever bounds a stream is let go with it', () => {
  const { clock, gauge, process, generation, counts, keeper, exchange, end, ended } = keeping();
  const kept = [
    keeper.keepAnswer('sse', exchange, end),
    keeper.keepAnswer('multipart', exchange, end),
    keeper.keepSocket(exchange, end),
    keeper.keepOperation(end),
  ];
  assert.deepEqual([process.size, generation.size, counts.size], [3, 3, 1]);
  assert.deepEqual(Object.fromEntries(gauge), { sse: 1, multipart: 1, websocket: 1, operation: 1 });
  for (const one of kept) {
    one.release();
    one.release();
    one.active();
  }
  assert.deepEqual([process.size, generation.size, counts.size, clock.pending], [0, 0, 0, 0]);
  assert.deepEqual([...gauge.values()], [0, 0, 0, 0]);
  assert.deepEqual(ended, []);
});

test('a socket may be quiet, an answer may not', () => {
  const { clock, keeper, exchange, end, ended } = keeping({ idle: '1m', lifetime: '1h' });
  keeper.keepSocket(exchange, end);
  const kept = keeper.keepOperation(end);
  clock.advance(59_000);
  kept.active();
  clock.advance(59_000);
  assert.deepEqual(ended, []);
  clock.advance(1_000);
  assert.deepEqual(ended, ['stream_ended idle']);
  clock.advance(3_600_000);
  assert.deepEqual(ended, ['stream_ended idle', 'stream_ended lifetime']);
});

test('draining ends sockets and answers; a reload answers and operations', () => {
  for (const [registry, expected] of [
    ['process', 2],
    ['generation', 2],
  ] as const) {
    const stage = keeping();
    stage.keeper.keepSocket(stage.exchange, stage.end);
    stage.keeper.keepAnswer('sse', stage.exchange, stage.end);
    stage.keeper.keepOperation(stage.end);
    stage[registry].endAll(new FrontdeskError('draining'), 0);
    stage.clock.advance(0);
    assert.equal(stage.ended.length, expected, registry);
  }
});

test('an identity that is lost ends what it opened; one too many is refused and leaves nothing', () => {
  const { clock, lost, keeper, exchange, end, ended, process } = keeping({ connectionsPerIdentity: 1 });
  keeper.keepSocket(exchange, end);
  assert.throws(() => keeper.keepAnswer('sse', exchange, end), { code: 'rate_limited' });
  assert.equal(process.size, 1);
  lost.add('u1');
  clock.advance(1_000);
  assert.deepEqual(ended, ['invalid_credentials']);
});

/** Transcoded streams are held to the bounds of streams, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Body, Sink } from '../../core/body.ts';
import { type Exchange, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { OpenStreams } from '../../core/open-streams.ts';
import { coded } from '../../core/testing/errors.ts';
import { makeExchange, makeIdentity } from '../../core/testing/exchange.ts';
import { CallerCounts } from '../caller-counts.ts';
import { IdentityWatch } from '../identity-watch.ts';
import { StreamBounds } from '../proxy/stream-bounds.ts';
import { heldStream } from './transcode-bounds.ts';

function stage(format: 'sse' | 'ndjson', heartbeat?: number) {
  const clock = new ManualClock();
  const counts = new CallerCounts();
  const bounds = new StreamBounds({
    clock,
    meter: noMeter,
    watch: new IdentityWatch(clock, () => true),
    counts,
    generation: new OpenStreams({ clock, random: () => 0 }),
    process: new OpenStreams({ clock, random: () => 0 }),
  });
  const { exchange }: { exchange: Exchange } = makeExchange({ identity: makeIdentity() });
  let source: Sink | undefined;
  const cancelled: Error[] = [];
  const body: Body = {
    length: undefined,
    replayable: false,
    start: (sink) => {
      source = sink;
      return { resume() {}, cancel: (reason) => void cancelled.push(reason) };
    },
    discard: (reason) => void cancelled.push(reason),
  };
  const said: string[] = [];
  const open = (make = (): Promise<Reply> => Promise.resolve(makeReply(200, new HeaderFields(), body))) =>
    heldStream(
      { bounds, exchange, template: '/w', format, lifetime: 60_000, maxPerCaller: 1, heartbeat },
      make,
    );
  const sink: Sink = {
    write: (chunk) => said.push(Buffer.from(chunk).toString()) > 0,
    end: () => void said.push('END'),
    fail: (error) => void said.push(`FAIL ${error.message}`),
  };
  return {
    clock,
    counts,
    open,
    sink,
    said,
    cancelled,
    say: (text: string) => source?.write(Buffer.from(text)),
    end: () => source?.end(),
  };
}

test('a lifetime ends events in good order, and the call behind them', async () => {
  const { clock, counts, open, sink, said, cancelled, say } = stage('sse');
  const { body } = await open();
  body.start(sink);
  say('data: 1\n\n');
  clock.advance(60_000);
  assert.deepEqual(said, ['data: 1\n\n', 'END']);
  assert.deepEqual([cancelled.length, counts.size], [1, 0]);
  say('data: 2\n\n');
  assert.equal(said.length, 2);
});

test('lines say in the last of them that it is not all', async () => {
  const { clock, open, sink, said } = stage('ndjson');
  (await open()).body.start(sink);
  clock.advance(60_000);
  assert.match(said[0] ?? '', /^\{"error":\{.*"status":503.*\}\}\n$/);
  assert.equal(said[1], 'END');
});

test('a bound that is reached before anyone reads', async () => {
  const { clock, open, sink, said, cancelled } = stage('sse');
  const { body } = await open();
  clock.advance(60_000);
  body.start(sink);
  assert.deepEqual([said, cancelled.length], [['END'], 1]);
});

test('quiet events are kept alive by comments, lines are not', async () => {
  const { clock, open, sink, said, say, end } = stage('sse', 10_000);
  (await open()).body.start(sink);
  clock.advance(5_000);
  say('data: 1\n\n');
  clock.advance(9_000);
  assert.deepEqual(said, ['data: 1\n\n']);
  clock.advance(1_000);
  assert.deepEqual(said, ['data: 1\n\n', ':\n\n']);
  end();
  clock.advance(50_000);
  assert.deepEqual(said.slice(2), ['END']);
  const lines = stage('ndjson', 10_000);
  (await lines.open()).body.start(lines.sink);
  lines.clock.advance(30_000);
  assert.deepEqual(lines.said, []);
});

test('a caller who has too many is refused before the backend hears of it; what failed gives its place back', async () => {
  const { open, sink, end } = stage('sse');
  const { body } = await open();
  let calls = 0;
  const counted = (): Promise<Reply> => {
    calls += 1;
    return Promise.reject(new TypeError('x'));
  };
  await assert.rejects(open(counted), coded('rate_limited'));
  assert.equal(calls, 0);
  body.start(sink);
  end();
  await assert.rejects(open(counted), { name: 'TypeError' });
  await assert.rejects(open(counted), { name: 'TypeError' });
  assert.equal(calls, 2);
});

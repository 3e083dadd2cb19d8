import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Body, Sink } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { OpenStreams } from '../../core/open-streams.ts';
import { Settlement } from '../../core/settlement.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { CallerCounts } from '../caller-counts.ts';
import { IdentityWatch } from '../identity-watch.ts';
import { streamedCalls } from './proxy-stream.ts';
import { streamConfig } from './proxy-stream-config.ts';
import { StreamBounds } from './stream-bounds.ts';

/** A stream of gRPC tells how it ended in its trailers. */
test('trailers go on to the client', async () => {
  const clock = new ManualClock();
  const streams = () => new OpenStreams({ clock, random: () => 0 });
  const bounds = new StreamBounds({
    clock,
    meter: noMeter,
    watch: new IdentityWatch(clock, () => true),
    counts: new CallerCounts(),
    generation: streams(),
    process: streams(),
  });
  let source: Sink | undefined;
  const body: Body = {
    length: undefined,
    replayable: false,
    start: (sink) => {
      source = sink;
      return { resume() {}, cancel() {} };
    },
    discard() {},
  };
  const headers = new HeaderFields(['content-type', 'application/grpc']);
  const call = streamedCalls({
    callUpstream: () => Promise.resolve({ status: 200, headers, body, settled: new Settlement().settled }),
    stream: streamConfig.parse(true),
    bounds,
    route: '/r',
    strip: undefined,
    maxStripBytes: 100,
  });
  const { exchange } = makeExchange();
  const reply = await call({
    upstream: 'u',
    context: exchange,
    method: 'POST',
    path: '/',
    headers: new HeaderFields(),
    body,
  });
  let trailers: HeaderFields | undefined;
  reply.body.start({
    write: () => true,
    end: (fields) => {
      trailers = fields;
    },
    fail: assert.fail,
  });
  source?.end(new HeaderFields(['grpc-status', '0']));
  assert.equal(trailers?.get('grpc-status'), '0');
  assert.equal(clock.pending, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeConfig } from '../config/route.ts';
import { emptyBody } from '../core/body.ts';
import { systemClock } from '../core/clock.ts';
import { HeaderFields } from '../core/headers.ts';
import { noMeter } from '../core/meter.ts';
import { OpenStreams } from '../core/open-streams.ts';
import { Settlement } from '../core/settlement.ts';
import { coded } from '../core/testing/errors.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import type { UpstreamRequest } from '../core/upstream-call.ts';
import { CallerCounts } from '../handlers/caller-counts.ts';
import { IdentityWatch } from '../handlers/identity-watch.ts';
import { StreamBounds } from '../handlers/proxy/stream-bounds.ts';
import { proxied } from './proxied.ts';

function handler(to: Record<string, unknown>) {
  const { to: target } = routeConfig.parse({ match: { path: '/a' }, to: { upstream: 'x', ...to } });
  assert.ok('upstream' in target);
  const streams = new OpenStreams({ clock: systemClock, random: () => 0 });
  const bounds = new StreamBounds({
    clock: systemClock,
    meter: noMeter,
    watch: new IdentityWatch(systemClock, () => true),
    counts: new CallerCounts(),
    generation: streams,
    process: streams,
  });
  const sent: UpstreamRequest[] = [];
  const callUpstream = async (request: UpstreamRequest) => {
    sent.push(request);
    return { status: 200, headers: new HeaderFields(), body: emptyBody, settled: new Settlement().settled };
  };
  return { handle: proxied(target, { callUpstream, template: '/a', strip: [] }, bounds), sent };
}

test('a route that says nothing makes ordinary calls; one that streams, streams', async () => {
  const plain = handler({});
  await plain.handle(makeExchange().exchange);
  assert.equal(plain.sent[0]?.stream, undefined);
  const streamed = handler({ stream: { idle: '7s' } });
  await streamed.handle(makeExchange().exchange);
  assert.deepEqual(streamed.sent[0]?.stream, { idleMs: 7_000 });
});

test('a route for WebSockets takes nothing else, but where it says so', async () => {
  await assert.rejects(
    handler({ websocket: true }).handle(makeExchange().exchange),
    coded('upgrade_required'),
  );
  const both = handler({ websocket: { http: true }, stream: true });
  await both.handle(makeExchange().exchange);
  assert.deepEqual(both.sent[0]?.stream, { idleMs: 300_000 });
});

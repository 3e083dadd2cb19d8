/** What the page itself computes: it must agree with what the process counts. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LatencyCounter, quantileMs, rangeMs } from './latency-counts.ts';
import type { LiveEndpoint, LiveSnapshot } from './snapshot.ts';
import { secondOf } from './testing.fixture.ts';

interface Notice {
  readonly state: string;
  readonly title: string;
  readonly view: string;
}
interface Figures {
  rangeMs(range: number): number;
  sumUp(seconds: readonly LiveSnapshot[]): {
    readonly all: { readonly requests: number; readonly p95: number; readonly perSecond: number };
    readonly upstreams: readonly {
      readonly upstream: string;
      readonly calls: number;
      readonly p50: number;
    }[];
  };
  attention(figures: unknown): Notice[];
  blame(waterfall: unknown): { readonly upstream: string; readonly ms: number; readonly share: number }[];
}
const figures: Figures = await import(pathToFileURL(join(import.meta.dirname, 'page/figures.js')).href);

function latencies(times: readonly number[]) {
  const counter = new LatencyCounter();
  for (const ms of times) counter.add(ms);
  return counter.counts;
}

function endpointOf(
  upstream: string,
  times: readonly number[],
  more: Partial<LiveEndpoint> = {},
): LiveEndpoint {
  return {
    ...{
      upstream,
      endpoint: 'h:1',
      calls: times.length,
      failed: 0,
      latencies: latencies(times),
      inFlight: 0,
      queued: 0,
    },
    ...{ limit: 9, weight: 1, breakers: { closed: 1 }, health: { unknown: 1 } },
    ...more,
  };
}

describe('figures of the page', () => {
  it('have the same ranges and percentiles as the process', () => {
    for (const range of [0, 1, 50, 160]) assert.equal(figures.rangeMs(range), rangeMs(range));
    const times = [3, 9, 12, 40, 700];
    const route = {
      route: '/a',
      kind: 'bff',
      requests: 5,
      failed: 0,
      refused: 0,
      latencies: latencies(times),
    };
    const { all } = figures.sumUp([secondOf({ routes: [route] }), secondOf({ routes: [route] })]);
    assert.equal(all.p95, quantileMs(latencies([...times, ...times]), 0.95));
    assert.deepEqual([all.requests, all.perSecond], [10, 5]);
  });

  it('are empty before the first second', () => {
    assert.deepEqual(figures.attention(figures.sumUp([])), []);
  });

  it('say what stands out: who is slow against the others, cut off, or fails', () => {
    const quick = Array.from({ length: 10 }, () => 5);
    const slow = Array.from({ length: 10 }, () => 600);
    const calm = [endpointOf('users', quick), endpointOf('orders', quick), endpointOf('payments', quick)];
    const titles = (endpoints: readonly LiveEndpoint[]) =>
      figures
        .attention(figures.sumUp([secondOf({ endpoints })]))
        .map(({ state, title }) => `${state}: ${title}`);
    assert.deepEqual(titles(calm), []);
    assert.deepEqual(titles([...calm.slice(0, 2), endpointOf('payments', slow)]), ['warn: payments is slow']);
    assert.deepEqual(titles(calm.map((one) => ({ ...one, latencies: latencies(slow) }))), []);
    assert.deepEqual(titles([endpointOf('users', [], { breakers: { open: 1, closed: 1 } })]), [
      'bad: users is cut off',
    ]);
    assert.deepEqual(titles([endpointOf('users', [], { health: { ejected: 1 } })]), [
      'warn: users: an endpoint is ejected',
    ]);
    assert.deepEqual(titles([endpointOf('users', quick, { failed: 2 })]), ['bad: users fails']);
  });

  it('tell who made a request as long as it was', () => {
    const row = (name: string, startMs: number, endMs: number, kind = 'call') => ({
      kind,
      name,
      critical: [{ startMs, endMs }],
    });
    const rows = [
      row('r', 0, 5, 'request'),
      row('users', 5, 25),
      row('orders', 25, 90),
      row('users', 90, 95),
    ];
    assert.deepEqual(figures.blame({ rows, totalMs: 100 }), [
      { upstream: 'orders', ms: 65, share: 0.65 },
      { upstream: 'users', ms: 25, share: 0.25 },
    ]);
  });
});

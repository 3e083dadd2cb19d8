/** Traces, requests and seconds as tests want them. */
import type { RequestTrace, TracedCall } from '../core/request-trace.ts';
import { NOTHING_LIVE } from './merge-live.ts';
import type { LiveProcess, LiveRequest, LiveSnapshot } from './snapshot.ts';

export function callTo(upstream: string, more: Partial<TracedCall> = {}): TracedCall {
  return {
    ...{ upstream, label: undefined, attempt: 1, hedge: false, startMs: 0, headMs: 5, endMs: 10 },
    ...{ endpoint: `${upstream}:1`, status: 200, outcome: 'ok', bytes: 2 },
    ...more,
  };
}

export function traceOf(id: string, more: Partial<RequestTrace> = {}): RequestTrace {
  return {
    ...{
      id,
      at: 1_000,
      method: 'GET',
      route: '/r',
      kind: 'proxy',
      screens: [],
      status: 200,
      code: undefined,
    },
    ...{ headMs: 8, totalMs: 10, deadlineMs: undefined, parts: [], calls: [] },
    ...more,
  };
}

export function lineOf(id: string, more: Partial<LiveRequest> = {}): LiveRequest {
  return {
    ...{ id, process: 'gateway', at: 1_000, method: 'GET', route: '/r', kind: 'proxy', screens: [] },
    ...{ status: 200, code: undefined, totalMs: 10, slowest: undefined },
    ...more,
  };
}

export function processOf(name: string, more: Partial<LiveProcess> = {}): LiveProcess {
  return {
    ...{ process: name, pid: 1, upS: 1, inFlight: 0, connections: 0, loopDelayMs: 0, busy: 0, heapBytes: 1 },
    ...{ rssBytes: 1, generations: 1, version: 1, digest: 'd', notReady: [] },
    ...more,
  };
}

export function secondOf(more: Partial<LiveSnapshot> = {}): LiveSnapshot {
  return { ...NOTHING_LIVE, at: 1_000, spanMs: 1_000, ...more };
}

/** Experiments 15 and 16: SIGTERM with requests in flight on kept connections, and with many subscriptions open. */

import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { atLeast, count, type Experiment, time } from '../rig/experiment.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';
import { supergraphOf } from '../supergraph.ts';

const SLOW_MS = 150;
/** A kept connection that was quiet for so long is closed; half of it counts, since two processes measure it. */
const QUIET_MS = 500;
const EXIT_WITHIN_MS = 25_000;
const TOLD_WITHIN_MS = 5_000;
const TICK_MS = 500;
const SOCKETS_AT_ONCE = 50;
/** Going away, service restart: clients come again by themselves. */
const COME_AGAIN = new Set([1001, 1012]);

const inFlight: Experiment = {
  number: 15,
  title: 'SIGTERM with requests in flight',
  async run(lab) {
    const backend = await lab.backend();
    await backend.tell(`slow-${SLOW_MS}`);
    const gateway = await lab.gateway({
      config: {
        shedding: 'off',
        listen: { drain: { announce: '0ms', idle: `${QUIET_MS}ms` } },
        telemetry: { accessLog: { enabled: false } },
        auth: { apiKey: {} },
        consumers: CONSUMERS.map((id) => consumerEntry(id)),
        upstreams: { echo: { url: backend.url } },
        routes: [{ match: { path: '/slow' }, to: { upstream: 'echo' }, auth: ['apiKey'] }],
      },
    });
    const load = lab.load(gateway, { path: '/slow', callers: CALLERS, idleMs: QUIET_MS / 2 });
    await lab.wait(lab.scale.baselineMs);
    const since = performance.now();
    const open = (await backend.stats()).inFlight;
    gateway.signal('SIGTERM');
    const code = await gateway.exited;
    const exitMs = performance.now() - since;
    const seen = (await load.stop()).summary();
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        time(
          'sent as an idle connection was closed (may be repeated), of 100 sent',
          (seen.raced / seen.sent) * 100,
          1,
          '',
        ),
        atLeast('in flight at the signal', open, 1),
        count(
          'refused although accepted',
          Object.values(seen.refused).reduce((sum, n) => sum + n, 0),
        ),
        count('exit code', code ?? Number.NaN),
        time('exit after', exitMs, EXIT_WITHIN_MS),
      ],
    };
  },
};

/** A subgraph whose one subscription ticks for ever, over SSE. */
async function tickingSubgraph(lab: Lab): Promise<{ url: string; open: () => number }> {
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: next\ndata: {"data":{"tick":0}}\n\n');
    streams.add(response);
    response.once('close', () => streams.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let tick = 0;
  const timer = setInterval(() => {
    tick += 1;
    for (const stream of streams) stream.write(`event: next\ndata: {"data":{"tick":${tick}}}\n\n`);
  }, TICK_MS);
  lab.atEnd(async () => {
    clearInterval(timer);
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/`, open: () => streams.size };
}

interface Subscriber {
  /** Resolves when the first event is there. */
  readonly begun: Promise<void>;
  readonly ended: Promise<{ readonly code: number; readonly completed: boolean; readonly at: number }>;
}

function subscribe(port: number): Subscriber {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
  const begun = Promise.withResolvers<void>();
  let completed = false;
  socket.addEventListener('open', () => socket.send('{"type":"connection_init"}'));
  socket.addEventListener('message', ({ data }) => {
    const message: { type?: string } = JSON.parse(String(data));
    if (message.type === 'connection_ack') {
      socket.send('{"id":"1","type":"subscribe","payload":{"query":"subscription { tick }"}}');
    } else if (message.type === 'next') begun.resolve();
    else if (message.type === 'complete') completed = true;
    else if (message.type === 'ping') socket.send('{"type":"pong"}');
  });
  const ended = new Promise<{ code: number; completed: boolean; at: number }>((resolve) => {
    socket.addEventListener('close', ({ code }) => {
      begun.resolve();
      resolve({ code, completed, at: performance.now() });
    });
  });
  return { begun: begun.promise, ended };
}

const subscriptions: Experiment = {
  number: 16,
  title: 'SIGTERM with subscriptions open',
  async run(lab) {
    const wanted = lab.scale.isShort ? 100 : 1_000;
    const subgraph = await tickingSubgraph(lab);
    const file = join(lab.folder, 'ticking.graphql');
    writeFileSync(file, supergraphOf({ items: subgraph.url, extras: subgraph.url }, 1));
    const gateway = await lab.gateway({
      config: {
        shedding: 'off',
        telemetry: { accessLog: { enabled: false } },
        graph: {
          supergraph: file,
          auth: 'none',
          subscriptions: { share: false, connectionsPerIdentity: 5_000 },
        },
        upstreams: {
          items: { subgraph: 'items', url: subgraph.url, bulkhead: { maxStreams: 5_000 } },
        },
        routes: [],
      },
    });
    const subscribers: Subscriber[] = [];
    while (subscribers.length < wanted) {
      const more = Array.from({ length: SOCKETS_AT_ONCE }, () => subscribe(gateway.port));
      subscribers.push(...more);
      await Promise.all(more.map(({ begun }) => begun));
    }
    const openBefore = subgraph.open();
    const since = performance.now();
    gateway.signal('SIGTERM');
    const ends = await Promise.all(subscribers.map(({ ended }) => ended));
    const told = ends.filter(({ code, completed }) => completed || COME_AGAIN.has(code));
    const times = ends.map(({ at }) => at - since);
    const code = await gateway.exited;
    const exitMs = performance.now() - since;
    await lab.wait(100);
    return {
      seen: [],
      targets: [
        atLeast('subscriptions at the subgraph before', openBefore, wanted),
        count('ended without complete, 1001 or 1012', ends.length - told.length),
        count('subscriptions at the subgraph afterwards', subgraph.open()),
        count('exit code', code ?? Number.NaN),
        time('the last one was told after', Math.max(...times), TOLD_WITHIN_MS),
        time(
          'not spread out: told within the busiest tenth of that time',
          busiestTenth(times) * 100,
          50,
          '%',
        ),
        time('exit after', exitMs, EXIT_WITHIN_MS),
      ],
    };
  },
};

/** The largest share that falls into one tenth of the whole time. */
function busiestTenth(times: readonly number[]): number {
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const tenths = new Array<number>(10).fill(0);
  for (const one of times) {
    const at = Math.min(9, Math.floor(((one - least) / (most - least || 1)) * 10));
    tenths[at] = (tenths[at] ?? 0) + 1;
  }
  return Math.max(...tenths) / times.length;
}

export const LEAVING: readonly Experiment[] = [inFlight, subscriptions];

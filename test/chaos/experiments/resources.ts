/** Experiments 20 and 22 to 24: files run out, twice the load that can be carried, a log that nobody reads, clients that break off. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { atLeast, count, type Experiment, risePercent, time, timedAtLeast } from '../rig/experiment.ts';
import type { Gateway } from '../rig/gateway.ts';
import { HttpClient } from '../rig/http-client.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';

const FILES = 128;
const FLOOD = 300;
const LONG_NAME = 'x'.repeat(7_000);

function configOf(backend: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    shedding: 'off',
    telemetry: { accessLog: { enabled: false } },
    auth: { apiKey: {} },
    consumers: CONSUMERS.map((id) => consumerEntry(id)),
    upstreams: { echo: { url: backend, pool: { keepAlive: '1s' } } },
    routes: [{ match: { path: '/echo' }, to: { upstream: 'echo' }, auth: ['apiKey'] }],
    ...more,
  };
}

/** A connection that says nothing; it may be dropped at once. */
function openIdle(port: number): Socket {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  return socket;
}

const files: Experiment = {
  number: 20,
  title: 'Connections use up the files that the process may open',
  async run(lab) {
    const backend = await lab.backend();
    const gateway = await lab.gateway({
      config: configOf(backend.url),
      under: ['prlimit', `--nofile=${FILES}`],
    });
    // A connection of the client's own, and a new one to the backend for each request.
    const load = lab.load(gateway, {
      path: '/echo',
      callers: CALLERS,
      queries: ['&framing=close'],
      connections: 1,
      perSecond: Math.min(lab.scale.perSecond, 40),
    });
    let most = 0;
    const phases = await lab.phases(async () => {
      const flood = Array.from({ length: FLOOD }, () => openIdle(gateway.port));
      await lab.wait(lab.scale.faultMs / 2);
      most = gateway.openFiles();
      return async () => {
        for (const socket of flood) socket.destroy();
      };
    });
    const since = performance.now();
    const newcomer = new HttpClient({ port: gateway.port, connections: 1 });
    let recoveredMs = Number.POSITIVE_INFINITY;
    const reply = await newcomer.get('/echo?nonce=1', CALLERS[0]?.head);
    if (typeof reply !== 'string') recoveredMs = performance.now() - since;
    newcomer.close();
    const tally = await load.stop();
    const seen = tally.summary();
    const dropped = await gateway.metric('frontdesk_listener_connections_dropped_total');
    await gateway.stop();
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('not answered over a connection that was there', seen.sent - seen.ok),
        count(`open files, of ${FILES}`, most, FILES - 10),
        atLeast('connections that were dropped and counted', dropped, FLOOD - FILES),
        time('newcomers are served after', recoveredMs, 1_000),
        time('recovery', lab.recoveryMs(tally, phases), 1_000),
      ],
    };
  },
};

/** Requests a second with so many at a time, none waiting for a pace. */
async function peakOf(gateway: Gateway, forMs: number): Promise<number> {
  const client = new HttpClient({ port: gateway.port, connections: 32 });
  const startedAt = performance.now();
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - startedAt < forMs) {
      const reply = await client.get('/echo?nonce=1&lines=1', CALLERS[0]?.head);
      if (typeof reply !== 'string' && reply.status === 200) done += 1;
    }
  };
  await Promise.all(Array.from({ length: 32 }, one));
  client.close();
  return done / ((performance.now() - startedAt) / 1000);
}

/** Asks for the health again and again; tells how often there was none. */
function watchHealth(gateway: Gateway): () => number {
  const client = new HttpClient({ port: gateway.port, connections: 4 });
  let bad = 0;
  const timer = setInterval(() => {
    void client.get('/healthz').then((reply) => {
      if (typeof reply === 'string' || reply.status !== 200) bad += 1;
    });
  }, 100);
  return () => {
    clearInterval(timer);
    client.close();
    return bad;
  };
}

/**
 * Each request keeps the gateway's event loop for a millisecond, as a team's own step might: so the gateway has not enough time long
 * before those who ask it and the backend have none, and what is measured is the gateway.
 */
const BUSY_MS = 1;
const BUSY = [{ package: join(import.meta.dirname, '../rig/busy-plugin.ts'), config: { ms: BUSY_MS } }];
const MAX_WAIT_MS = 100;

const overload: Experiment = {
  number: 22,
  title: 'Twice as many requests as can be carried',
  async run(lab) {
    const backend = await lab.backend();
    const gateway = await lab.gateway({
      config: configOf(backend.url, { shedding: { maxWait: `${MAX_WAIT_MS}ms` }, plugins: BUSY }),
    });
    const peakMs = Math.min(lab.scale.baselineMs, 15_000);
    await peakOf(gateway, peakMs);
    const peak = await peakOf(gateway, peakMs);
    const health = watchHealth(gateway);
    const load = lab.load(gateway, {
      path: '/echo',
      queries: ['&lines=1'],
      callers: CALLERS,
      perSecond: 2 * peak,
      connections: 2_000,
    });
    const began = performance.now();
    await lab.wait(lab.scale.faultMs);
    const ended = performance.now();
    const unhealthy = health();
    const tally = await load.stop();
    const seen = tally.summary(began, ended);
    const goodput = seen.ok / ((ended - began) / 1000);
    const shed = await gateway.metric('frontdesk_shed_total');
    await gateway.stop();
    const refused = (share: number): number => tally.answerMs(share, 'overloaded', began, ended);
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('times that health was not told', unhealthy),
        timedAtLeast('refused by the gateway', shed, 1),
        timedAtLeast('served, of the peak', (goodput / peak) * 100, 80, '%'),
        time('half of the refusals within', refused(0.5), 10),
        // Who was let in and is not served within `maxWait` is refused then, after a turn of the loop.
        time('99 % of the refusals within', refused(0.99), 1.2 * MAX_WAIT_MS),
        time('99 % of what was served within', tally.answerMs(0.99, 'ok', began, ended), 2 * MAX_WAIT_MS),
        time('the load itself was late, 99 % within', tally.lag(0.99, began, ended), 10),
      ],
    };
  },
};

function startReader(lab: Lab): ChildProcess {
  const reader = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore'] });
  lab.atEnd(async () => {
    reader.kill('SIGCONT');
    reader.kill('SIGKILL');
    if (reader.exitCode === null && reader.signalCode === null) await once(reader, 'exit');
  });
  return reader;
}

const log: Experiment = {
  number: 23,
  title: 'Nobody reads the access log any more (SIGSTOP of its reader)',
  async run(lab) {
    const backend = await lab.backend();
    const reader = startReader(lab);
    if (!reader.stdin) throw new Error('the reader has an input');
    const gateway = await lab.gateway({
      config: configOf(backend.url, {
        telemetry: { accessLog: { enabled: true, buffer: '64KiB' } },
        routes: [{ match: { path: '/echo/*' }, to: { upstream: 'echo' }, auth: ['apiKey'] }],
      }),
      stdout: reader.stdin,
    });
    const load = lab.load(gateway, { path: `/echo/${LONG_NAME}`, callers: CALLERS });
    const phases = await lab.phases(async () => {
      reader.kill('SIGSTOP');
      return async () => reader.kill('SIGCONT');
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const dropped = await gateway.metric('frontdesk_log_lines_dropped_total');
    const p99 = (from: number, to: number) => tally.latency(0.99, 'ok', from, to);
    await gateway.stop();
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('not answered', seen.sent - seen.ok),
        atLeast('lines that were dropped and counted', dropped, 1),
        time(
          'p99 rises by',
          risePercent(p99(phases.started, phases.fault), p99(phases.fault, phases.healed)),
          10,
          '%',
        ),
      ],
    };
  },
};

/** Connects, asks (half of the time not to the end), and resets the connection. */
async function breakOff(port: number, index: number): Promise<void> {
  const socket = openIdle(port);
  const head = `GET /echo?nonce=${index} HTTP/1.1\r\nHost: x\r\n${CALLERS[0]?.head ?? ''}`;
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  socket.write(index % 2 === 0 ? `${head}\r\n` : head);
  await new Promise((resolve) => setTimeout(resolve, index % 5));
  const closed = once(socket, 'close');
  socket.resetAndDestroy();
  await closed;
}

const churn: Experiment = {
  number: 24,
  title: 'Clients break off (RST) by the thousand',
  async run(lab) {
    const backend = await lab.backend();
    const gateway = await lab.gateway({ config: configOf(backend.url) });
    const load = lab.load(gateway, {
      path: '/echo',
      callers: CALLERS,
      perSecond: Math.min(lab.scale.perSecond, 100),
      connections: 8,
    });
    await lab.wait(lab.scale.baselineMs);
    const before = gateway.openFiles();
    const total = lab.scale.isShort ? 400 : 5_000;
    const worker = async (first: number): Promise<void> => {
      for (let i = first; i < total; i += 20) await breakOff(gateway.port, i);
    };
    await Promise.all(Array.from({ length: 20 }, (_, first) => worker(first)));
    const since = performance.now();
    while (gateway.openFiles() > before + 10 && performance.now() - since < 10_000) await lab.wait(20);
    const backMs = performance.now() - since;
    const after = gateway.openFiles();
    const seen = (await load.stop()).summary();
    await gateway.stop();
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('not answered', seen.sent - seen.ok),
        count('open files more than before', after - before, 10),
        time('open files are back after', backMs, 5_000),
      ],
    };
  },
};

export const RESOURCES: readonly Experiment[] = [files, overload, log, churn];

/** Experiments 17 and 19: with two workers, one of them dies in three ways, one stands still; and 15 with workers. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, count, type Experiment, time } from '../rig/experiment.ts';
import type { Gateway } from '../rig/gateway.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';

const WORKERS = 2;
const SLOW_MS = 50;
const STALL_MS = 2_000;
const QUIET_MS = 500;
const POLL_MS = 10;
const EXIT_WITHIN_MS = 25_000;

interface Site {
  readonly gateway: Gateway;
  /** Makes trouble in one worker. */
  readonly tell: (pid: number, what: string) => void;
}

async function startSite(lab: Lab, slowMs: number): Promise<Site> {
  const backend = await lab.backend();
  if (slowMs > 0) await backend.tell(`slow-${slowMs}`);
  const folder = join(lab.folder, 'trouble');
  mkdirSync(folder, { recursive: true });
  const gateway = await lab.gateway({
    nodeOptions: ['--import', join(import.meta.dirname, '../rig/trouble-preload.ts')],
    env: { FRONTDESK_TEST_TROUBLE: folder },
    config: {
      workers: { count: WORKERS, memory: 400, startWithin: '2m' },
      shedding: 'off',
      listen: { drain: { announce: '0ms', idle: `${QUIET_MS}ms` } },
      telemetry: { accessLog: { enabled: false } },
      auth: { apiKey: {} },
      consumers: CONSUMERS.map((id) => consumerEntry(id)),
      upstreams: { echo: { url: backend.url } },
      routes: [{ match: { path: '/echo' }, to: { upstream: 'echo' }, auth: ['apiKey'] }],
    },
  });
  const tell = (pid: number, what: string): void => {
    writeFileSync(join(folder, `${pid}.new`), what);
    renameSync(join(folder, `${pid}.new`), join(folder, String(pid)));
  };
  return { gateway, tell };
}

/** The processes of workers, by their parent. */
function workersOf(gateway: Gateway): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const environment = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return (
          Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === gateway.pid &&
          environment.includes('main.ts')
        );
      } catch {
        return false;
      }
    });
}

/** Milliseconds until as many workers serve again, without this one. */
async function respawned(lab: Lab, gateway: Gateway, dead: number): Promise<number> {
  const since = performance.now();
  for (;;) {
    const ready = await gateway.metric('frontdesk_process_ready').catch(() => 0);
    if (ready >= WORKERS && !workersOf(gateway).includes(dead)) return performance.now() - since;
    if (performance.now() - since > 60_000) return Number.POSITIVE_INFINITY;
    await lab.wait(POLL_MS);
  }
}

const crash: Experiment = {
  number: 17,
  isOnDemand: true,
  title: 'A worker dies: SIGKILL, an error that nobody catches, out of memory',
  async run(lab) {
    const { gateway, tell } = await startSite(lab, SLOW_MS);
    const load = lab.load(gateway, { path: '/echo', callers: CALLERS });
    const inFlight: number[] = [];
    const times: number[] = [];
    const phases = await lab.phases(async () => {
      for (const what of ['kill', 'throw', 'memory']) {
        const [victim] = workersOf(gateway);
        if (victim === undefined) throw new Error('there are workers');
        // What it can have at most: everything that is under way.
        inFlight.push(Math.ceil((lab.scale.perSecond * SLOW_MS * 4) / 1000) + 4);
        if (what === 'kill') process.kill(victim, 'SIGKILL');
        else tell(victim, what);
        while (workersOf(gateway).includes(victim)) await lab.wait(POLL_MS);
        times.push(await respawned(lab, gateway, victim));
      }
      return async () => {};
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const restarts = await gateway.metric('frontdesk_process_restarts_total');
    const isThere = gateway.isAlive;
    await gateway.stop();
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        time(
          'lost, of what three workers had in flight',
          seen.lost,
          inFlight.reduce((sum, n) => sum + n, 0),
          '',
        ),
        count('unreached: nobody took the connection', seen.unreached),
        atLeast('deaths that were counted', restarts, 3),
        atLeast('the gateway is there', Number(isThere), 1),
        time('another worker serves after (the worst of three)', Math.max(...times), 1_000),
        time('recovery', lab.recoveryMs(tally, phases), 1_000),
      ],
    };
  },
};

const stall: Experiment = {
  number: 19,
  isOnDemand: true,
  title: 'A worker stands still for two seconds (Atomics.wait)',
  async run(lab) {
    const { gateway, tell } = await startSite(lab, 0);
    const load = lab.load(gateway, { path: '/echo', callers: CALLERS });
    const phases = await lab.phases(async () => {
      const [victim] = workersOf(gateway);
      if (victim === undefined) throw new Error('there are workers');
      tell(victim, `stall ${STALL_MS}`);
      await lab.wait(STALL_MS + 200);
      return async () => {};
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const blamed = /breaker|ejected/.test(gateway.log);
    const restarts = await gateway.metric('frontdesk_process_restarts_total');
    const during = tally.samples(phases.fault, phases.fault + STALL_MS);
    const quick = during.filter(({ latencyMs }) => latencyMs < STALL_MS / 2).length;
    await gateway.stop();
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('not answered', seen.sent - seen.ok),
        count('backends that were blamed for it', Number(blamed)),
        count('workers killed for it (they may be silent for 5 s)', restarts),
        atLeast('answered meanwhile by the other', quick, 1),
        time('recovery', lab.recoveryMs(tally, phases), 1_000),
      ],
    };
  },
};

const leaving: Experiment = {
  number: 15,
  isOnDemand: true,
  title: 'SIGTERM with requests in flight at two workers',
  async run(lab) {
    const { gateway } = await startSite(lab, SLOW_MS);
    const load = lab.load(gateway, { path: '/echo', callers: CALLERS, idleMs: QUIET_MS / 2 });
    await lab.wait(lab.scale.baselineMs);
    const since = performance.now();
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

export const WORKERS_IN_TROUBLE: readonly Experiment[] = [crash, stall, leaving];

/** Experiments 17 and 19: with two workers, one of them dies in three ways, one stands still; and 15 with workers. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, count, type Experiment, time } from '../rig/experiment.ts';
import type { Gateway } from '../rig/gateway.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';

const WORKERS = 2;
const SLOW_MS = 50;
const STALL_MS = 2_000;
const QUIET_MS = 500;
const POLL_MS = 2;
const SPARE_POLL_MS = 250;
const WITHIN_MS = 60_000;
const EXIT_WITHIN_MS = 25_000;

interface Site {
  readonly gateway: Gateway;
  /** Makes trouble in one worker. */
  readonly tell: (pid: number, what: string) => void;
}

async function startSite(lab: Lab, slowMs: number, spare = 0): Promise<Site> {
  const backend = await lab.backend();
  if (slowMs > 0) await backend.tell(`slow-${slowMs}`);
  const folder = join(lab.folder, 'trouble');
  mkdirSync(folder, { recursive: true });
  const gateway = await lab.gateway({
    nodeOptions: ['--import', join(import.meta.dirname, '../rig/trouble-preload.ts')],
    env: { FRONTDESK_TEST_TROUBLE: folder },
    config: {
      workers: { count: WORKERS, spare, memory: 400, startWithin: '2m' },
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

interface Serving {
  readonly pid: number;
  /** As in the log. */
  readonly name: string;
}

/** The workers that serve, as the gateway tells of them. */
async function servingWorkers(gateway: Gateway): Promise<Serving[]> {
  const text = await (await gateway.admin('/admin/workers')).text();
  const { workers }: { workers: { worker: number; pid: number; state: string }[] } = JSON.parse(text);
  return workers
    .filter(({ state }) => state === 'ready')
    .map(({ worker, pid }) => ({ pid, name: `worker ${worker}` }));
}

/** Whether it is there and has not ended; one whose parent has not heard of its end is a zombie. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !'ZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** How a worker may die, and what its own words about that are. */
const DEATHS = [
  { what: 'kill', words: undefined },
  { what: 'throw', words: /an error that nobody handles: Error: an error that an experiment throws/ },
  { what: 'memory', words: /FATAL ERROR: .*heap out of memory/ },
] as const;

interface Death {
  /** From the end of the process to the primary's word that it has ended. */
  readonly noticedMs: number;
  /** From the end of the process until another in its place serves. */
  readonly replacedMs: number;
}

function timeOf(line: string): number {
  const { time }: { time: string } = JSON.parse(line);
  return Date.parse(time);
}

/** One worker dies in this way, and another takes its place. */
async function die(lab: Lab, { gateway, tell }: Site, death: (typeof DEATHS)[number]): Promise<Death> {
  const [victim] = await servingWorkers(gateway);
  if (!victim) throw new Error('there are workers');
  const { pid, name } = victim;
  if (death.words) gateway.output.expectCrash(death.words);
  // By the time in the line: lines are written together, a while later.
  const at = async (line: RegExp): Promise<number> => timeOf(await gateway.output.line(line, WITHIN_MS));
  const noticed = at(new RegExp(`"process":"${name}","pid":${pid},.*another is started`));
  const replaced = at(new RegExp(`"process":"${name}",.*"a process serves"`));
  if (death.what === 'kill') process.kill(pid, 'SIGKILL');
  else tell(pid, death.what);
  while (isRunning(pid)) await lab.wait(POLL_MS);
  const endedAt = Date.now();
  return {
    noticedMs: Math.max(0, (await noticed) - endedAt),
    replacedMs: Math.max(0, (await replaced) - endedAt),
  };
}

/** The spare process has loaded the program. */
async function untilSpare(lab: Lab, gateway: Gateway): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  while ((await gateway.metric('frontdesk_workers_spare')) === 0 && performance.now() < until) {
    await lab.wait(SPARE_POLL_MS);
  }
}

const crash = (spare: 0 | 1): Experiment => ({
  number: 17,
  isOnDemand: true,
  title: `A worker dies: SIGKILL, an error that nobody catches, out of memory${spare ? '; a spare process waits' : ''}`,
  async run(lab) {
    const site = await startSite(lab, SLOW_MS, spare);
    const { gateway } = site;
    const load = lab.load(gateway, { path: '/echo', callers: CALLERS });
    const deaths: Death[] = [];
    const phases = await lab.phases(async () => {
      for (const death of DEATHS) {
        if (spare > 0) await untilSpare(lab, gateway);
        deaths.push(await die(lab, site, death));
      }
      return async () => {};
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const restarts = await gateway.metric('frontdesk_process_restarts_total');
    const isThere = gateway.isAlive;
    await gateway.stop();
    // What one can have at most: everything that is under way.
    const inFlight = Math.ceil((lab.scale.perSecond * SLOW_MS * 4) / 1000) + 4;
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        time('lost, of what three workers had in flight', seen.lost, DEATHS.length * inFlight, ''),
        count('unreached: nobody took the connection', seen.unreached),
        atLeast('deaths that were counted', restarts, DEATHS.length),
        count('of them, of workers that nobody touched', restarts - DEATHS.length),
        atLeast('the gateway is there', Number(isThere), 1),
        time('a death is noticed after', Math.max(...deaths.map(({ noticedMs }) => noticedMs)), 50),
        {
          ...time(
            'another worker serves after (the worst of three)',
            Math.max(...deaths.map(({ replacedMs }) => replacedMs)),
            1_000,
          ),
          ...(spare ? {} : { why: 'to load the program takes longer; see workers.spare' }),
        },
        time('recovery', lab.recoveryMs(tally, phases), 1_000),
      ],
    };
  },
});

const stall: Experiment = {
  number: 19,
  isOnDemand: true,
  title: 'A worker stands still for two seconds (Atomics.wait)',
  async run(lab) {
    const { gateway, tell } = await startSite(lab, 0);
    const load = lab.load(gateway, { path: '/echo', callers: CALLERS });
    const phases = await lab.phases(async () => {
      const [victim] = await servingWorkers(gateway);
      if (!victim) throw new Error('there are workers');
      tell(victim.pid, `stall ${STALL_MS}`);
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

export const WORKERS_IN_TROUBLE: readonly Experiment[] = [crash(0), crash(1), stall, leaving];

/** Experiments 1 to 6: backends that die, hang, crawl, break off, fall silent and fail. One gateway has a route for each. */
import type { EchoBackend } from '../rig/echo-backend.ts';
import { atLeast, count, type Experiment, risePercent, time } from '../rig/experiment.ts';
import type { FaultProxy } from '../rig/fault-proxy.ts';
import type { Gateway } from '../rig/gateway.ts';
import { HttpClient } from '../rig/http-client.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';
import type { Tally } from '../rig/tally.ts';

const DEADLINE_MS = 500;
const OPEN_FOR_MS = 1_000;
const BULKHEAD = 8;
const LARGE = '&lines=4000';

interface Site {
  readonly gateway: Gateway;
  readonly pair: readonly [EchoBackend, EchoBackend];
  readonly single: EchoBackend;
  readonly stopped: EchoBackend;
  readonly well: EchoBackend;
  readonly failing: EchoBackend;
  /** In front of `well`, one for each experiment. */
  readonly slow: FaultProxy;
  readonly cut: FaultProxy;
  readonly silent: FaultProxy;
}

async function site(lab: Lab): Promise<Site> {
  return lab.shared('backends', () => startSite(lab), isSite);
}

function isSite(value: unknown): value is Site {
  return typeof value === 'object' && value !== null && 'silent' in value;
}

async function startSite(lab: Lab): Promise<Site> {
  const [first, second, single, stopped, well, failing] = await Promise.all([
    lab.backend(),
    lab.backend(),
    lab.backend(),
    lab.backend(),
    lab.backend(),
    lab.backend(),
  ]);
  const [slow, cut, silent] = await Promise.all([
    lab.proxy(well.port),
    lab.proxy(well.port),
    lab.proxy(well.port),
  ]);
  // Breakers and outliers think of a second where the defaults think of thirty, so that a fault has an end within a run.
  const breaker = { windowCalls: 10, minimumCalls: 5, openFor: `${OPEN_FOR_MS}ms`, jitter: 0, rampUp: '0s' };
  const to = (url: string) => ({ url, breaker });
  const through = (proxy: FaultProxy) => to(`http://127.0.0.1:${proxy.port}`);
  const upstreams = {
    pair: {
      targets: [{ url: first.url }, { url: second.url }],
      breaker,
      outliers: { ejectFor: '1s' },
      // Where traffic is low a fifth of it is spent by those that meet the dead one at once.
      retry: { budget: { min: 20 } },
    },
    single: to(single.url),
    stopped: { ...to(stopped.url), breaker: false },
    well: to(well.url),
    failing: to(failing.url),
    slow: {
      ...through(slow),
      breaker: false,
      retry: { max: 0 },
      bulkhead: { maxInFlight: BULKHEAD, maxQueue: 0 },
    },
    cut: { ...through(cut), breaker: false },
    silent: { ...through(silent), breaker: false, timeout: { attempt: `${DEADLINE_MS}ms` } },
  };
  const deadlines: Record<string, string> = { stopped: `${DEADLINE_MS}ms`, slow: '20s' };
  const timeouts: Record<string, string> = { slow: '15s' };
  const gateway = await lab.gateway({
    config: {
      shedding: 'off',
      telemetry: { accessLog: { enabled: false } },
      auth: { apiKey: {} },
      consumers: CONSUMERS.map((id) => consumerEntry(id)),
      upstreams,
      routes: Object.keys(upstreams).map((name) => ({
        match: { path: `/${name}` },
        to: { upstream: name },
        auth: ['apiKey'],
        ...(deadlines[name] ? { deadline: deadlines[name] } : {}),
        ...(timeouts[name] ? { timeout: timeouts[name] } : {}),
      })),
    },
  });
  return { gateway, pair: [first, second], single, stopped, well, failing, slow, cut, silent };
}

const killed: Experiment = {
  number: 1,
  title: 'A backend is killed and started again',
  async run(lab) {
    const { gateway, pair, single } = await site(lab);
    const [replica] = pair;
    const paired = lab.load(gateway, { path: '/pair', callers: CALLERS, perSecond: lab.scale.perSecond / 2 });
    const alone = lab.load(gateway, {
      path: '/single',
      callers: CALLERS,
      perSecond: lab.scale.perSecond / 2,
    });
    const phases = await lab.phases(async () => {
      await Promise.all([replica.kill(), single.kill()]);
      return () => Promise.all([replica.restart(), single.restart()]);
    });
    const [withReplica, without] = await Promise.all([paired.stop(), alone.stop()]);
    const seen = [withReplica.summary(), without.summary()] as const;
    const refusedMs = Math.max(
      without.latency(0.99, 'upstream-connect', phases.fault + 50),
      without.latency(0.99, 'circuit-open', phases.fault + 50),
    );
    return {
      seen,
      targets: [
        count('with a replica: not answered', seen[0].sent - seen[0].ok),
        count('alone: answered wrongly', seen[1].wrong),
        count('alone: lost', seen[1].lost),
        time('alone: 99 % of refusals within', refusedMs, 50),
        time('alone: recovery', lab.recoveryMs(without, phases), 2_000),
      ],
    };
  },
};

const stopped: Experiment = {
  number: 2,
  title: 'A backend hangs (SIGSTOP)',
  async run(lab) {
    const { gateway, stopped: backend } = await site(lab);
    const perSecond = lab.scale.perSecond / 2;
    const hung = lab.load(gateway, { path: '/stopped', callers: CALLERS, perSecond });
    const other = lab.load(gateway, { path: '/well', callers: CALLERS, perSecond });
    const phases = await lab.phases(async () => {
      backend.signal('SIGSTOP');
      return async () => backend.signal('SIGCONT');
    });
    const [tally, others] = await Promise.all([hung.stop(), other.stop()]);
    const { fault, healed } = phases;
    const late = tally
      .samples(fault, healed)
      .filter(({ outcome }) => outcome === 'deadline-exceeded' || outcome === 'upstream-timeout');
    const seen = [tally.summary(), others.summary()] as const;
    return {
      seen,
      targets: [
        count('answered wrongly', seen[0].wrong + seen[1].wrong),
        count('lost', seen[0].lost + seen[1].lost),
        atLeast('ended by their deadline', late.length, 1),
        time(
          'farthest from the deadline',
          Math.max(...late.map(({ latencyMs }) => Math.abs(latencyMs - DEADLINE_MS))),
          50,
        ),
        count('other route: not answered', seen[1].sent - seen[1].ok),
        time(
          'other route: p99 rises by',
          risePercent(others.latency(0.99, 'ok', 0, fault), others.latency(0.99, 'ok', fault, healed)),
          10,
          '%',
        ),
        time('recovery', lab.recoveryMs(tally, phases), 2_000),
      ],
    };
  },
};

const slow: Experiment = {
  number: 3,
  title: 'A backend takes 0.2 to 10 s',
  async run(lab) {
    const { gateway, slow: proxy } = await site(lab);
    proxy.forget();
    const load = lab.load(gateway, { path: '/slow', callers: CALLERS, perSecond: 2 * lab.scale.perSecond });
    const phases = await lab.phases(async () => {
      proxy.set({ kind: 'delay', ms: 200 });
      await lab.wait(lab.scale.faultMs / 2);
      proxy.set({ kind: 'delay', ms: lab.scale.isShort ? 1_000 : 10_000 });
      return async () => proxy.heal();
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const { fault, healed } = phases;
    const excess = tally.answerMs(0.99, 'bulkhead-full', fault, healed);
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('most in flight', proxy.peak, BULKHEAD),
        atLeast('refused in excess', seen.refused['bulkhead-full'] ?? 0, 1),
        time('99 % of those refused within', excess, 10),
        time('the load itself was late, 99 % within', tally.lag(0.99, fault, healed), 10),
      ],
    };
  },
};

const cutOff: Experiment = {
  number: 4,
  title: 'Replies are reset, or ended too early, in the middle of their body',
  async run(lab) {
    const { gateway, cut: proxy } = await site(lab);
    const queries = ['', '&framing=chunked', LARGE, `${LARGE}&framing=chunked`];
    const perSecond = lab.scale.perSecond / 2;
    const load = lab.load(gateway, { path: '/cut', callers: CALLERS, queries, perSecond });
    const unframed = lab.load(gateway, {
      path: '/cut',
      callers: CALLERS,
      queries: ['&framing=close', `${LARGE}&framing=close`],
      perSecond,
    });
    let ended: Tally | undefined;
    const phases = await lab.phases(async () => {
      proxy.set({ kind: 'reset', afterBytes: 600 });
      await lab.wait(lab.scale.faultMs / 2);
      // The end of a connection is the end of a body that says no length: cut off in good order, nobody can see it.
      ended = await unframed.stop();
      proxy.set({ kind: 'half-close', afterBytes: 600 });
      return async () => proxy.heal();
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const unlengthed = (ended ?? tally).summary();
    return {
      seen: [seen, unlengthed],
      targets: [
        count('truncated, told as whole', seen.wrong + unlengthed.wrong),
        // What had begun must not end well: the client's connection breaks, as the backend's did.
        atLeast('broken as they must be', Math.min(seen.lost, unlengthed.lost), 1),
        count('lost after the end of the fault', tally.count('lost', phases.healed)),
        time('recovery', lab.recoveryMs(tally, phases), 1_000),
      ],
    };
  },
};

const silent: Experiment = {
  number: 5,
  title: 'Connections go silent without an end (half-open)',
  async run(lab) {
    const { gateway, silent: proxy } = await site(lab);
    proxy.forget();
    const load = lab.load(gateway, { path: '/silent', callers: CALLERS });
    const phases = await lab.phases(async () => {
      await severalConnections(gateway);
      proxy.set({ kind: 'blackhole', fresh: 'work' });
      return async () => proxy.heal();
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const slowest = Math.max(
      tally.latency(1, 'ok', phases.fault - 50, phases.healed),
      tally.latency(1, 'upstream-timeout', phases.fault - 50, phases.healed),
    );
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('requests on one connection after it went silent', proxy.mostSentIntoBlackhole, 1),
        time('found out within (the header timeout of 500 ms)', slowest, DEADLINE_MS + 100),
        time('recovery', lab.recoveryMs(tally, phases), 1_000),
      ],
    };
  },
};

/** So that more than one is open when they go silent. */
async function severalConnections(gateway: Gateway): Promise<void> {
  const client = new HttpClient({ port: gateway.port, connections: BULKHEAD });
  const [caller] = CALLERS;
  await Promise.all(Array.from({ length: BULKHEAD }, () => client.get('/silent', caller?.head)));
  client.close();
}

const failing: Experiment = {
  number: 6,
  title: 'A backend answers 500 for a while',
  async run(lab) {
    const { gateway, failing: backend } = await site(lab);
    const load = lab.load(gateway, { path: '/failing', callers: CALLERS });
    let brokenAt = 0;
    let came: readonly number[] = [];
    const phases = await lab.phases(async () => {
      await lab.until(() => load.tally.count('ok') > 0);
      brokenAt = performance.now();
      await backend.tell('errors');
      // What came before is counted no further.
      await backend.stats();
      return async () => {
        ({ came } = await backend.stats());
        await backend.tell('well');
      };
    });
    await lab.until(() => load.tally.count('ok', phases.healed) > 0);
    const tally = await load.stop();
    const seen = tally.summary();
    const begun = came[0] ?? 0;
    const burst = came.filter((at) => at - begun < OPEN_FOR_MS / 2).length;
    const probes = came.length - burst;
    const seconds = (phases.healed - phases.fault) / 1000;
    const sent = tally
      .samples(phases.fault, phases.healed)
      .filter(({ outcome }) => outcome !== 'circuit-open');
    return {
      seen: [seen],
      targets: [
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        time('calls until the breaker opens', burst, 10, ''),
        time('probes a second while it is open', probes / seconds, 1, ''),
        time('calls for each request that got through', came.length / Math.max(1, sent.length), 1.2, ''),
        atLeast(
          'answered before and after',
          Math.min(tally.count('ok', 0, brokenAt), tally.count('ok', phases.healed)),
          1,
        ),
        time('recovery (open for 1 s, one probe)', lab.recoveryMs(tally, phases), OPEN_FOR_MS + 200),
      ],
    };
  },
};

export const BACKENDS: readonly Experiment[] = [killed, stopped, slow, cutOff, silent, failing];

/**
 * Experiments 7 to 11: the Redis behind limits and revocations is killed, paused, made read-only, replaced by an empty one,
 * flushed of scripts, full, busy. Callers draw at twice the rate of their buckets, two in exact mode and two leased.
 */
import { atLeast, count, type Experiment, type Finding, time } from '../rig/experiment.ts';
import type { FaultProxy } from '../rig/fault-proxy.ts';
import type { Gateway } from '../rig/gateway.ts';
import { CALLERS, CONSUMERS, callerOf, consumerEntry, type Lab, type Phases } from '../rig/lab.ts';
import { findRedis, type Redis } from '../rig/redis.ts';
import { overAdmission, type Tally } from '../rig/tally.ts';

const REVOKED = 'revoked';
const EXACT: readonly string[] = CONSUMERS.slice(0, 2);
/** Redis's own patience with a client that waits is five seconds, and so is the experiment's. */
const PAUSE_MS = 5_000;
const POLL_MS = 20;
const COMMANDS_THAT_WAIT = 100;

interface Site {
  readonly gateway: Gateway;
  readonly redis: Redis;
  readonly bucket: { readonly capacity: number; readonly perSecond: number };
}

interface ProxiedSite extends Site {
  readonly proxy: FaultProxy;
}

function isSite(value: unknown): value is Site {
  return typeof value === 'object' && value !== null && 'redis' in value;
}

export const NO_REDIS = findRedis() === undefined;

async function startRedis(lab: Lab): Promise<Redis> {
  const program = findRedis();
  if (program === undefined) throw new Error('this experiment needs redis-server');
  return lab.redis(program);
}

const site = (lab: Lab): Promise<Site> =>
  lab.shared(
    'redis',
    async () => {
      const redis = await startRedis(lab);
      return startSite(lab, redis, redis.port);
    },
    isSite,
  );

async function startSite(lab: Lab, redis: Redis, port: number): Promise<Site> {
  const backend = await lab.backend();
  const perSecond = Math.max(1, Math.floor(lab.scale.perSecond / CONSUMERS.length / 2));
  const bucket = { capacity: 3 * perSecond, perSecond };
  const limit = { capacity: bucket.capacity, refill: `${perSecond}/s` };
  const gateway = await lab.gateway({
    config: {
      shedding: 'off',
      state: { redis: `redis://127.0.0.1:${port}` },
      telemetry: { accessLog: { enabled: false } },
      auth: { apiKey: {} },
      plans: {
        exact: { limit: { ...limit, mode: 'exact' } },
        leased: { limit: { ...limit, mode: 'leased' } },
      },
      consumers: [...CONSUMERS, REVOKED].map((id) =>
        consumerEntry(id, EXACT.includes(id) ? 'exact' : 'leased'),
      ),
      upstreams: { echo: { url: backend.url } },
      routes: [{ match: { path: '/limited' }, to: { upstream: 'echo' }, auth: ['apiKey'] }],
    },
  });
  return { gateway, redis, bucket };
}

/** Milliseconds until the gateway says that the store answers. */
async function storeIsBack(gateway: Gateway): Promise<number> {
  const since = performance.now();
  while ((await gateway.metric('frontdesk_state_store_up')) !== 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return performance.now() - since;
}

const isFine = (outcome: string): boolean => outcome === 'ok' || outcome === 'rate-limited';

/** Waits until buckets are as they were, so that one experiment does not pay for the one before. */
async function refilled(lab: Lab, { bucket }: Site): Promise<void> {
  await lab.wait(lab.scale.isShort ? 0 : (bucket.capacity / bucket.perSecond) * 1000);
}

/** What all of them have in common: the load, the fault, and what must hold. */
async function underLoad(
  lab: Lab,
  where: Site,
  begin: () => Promise<() => Promise<unknown>>,
): Promise<{ finding: Finding; phases: Phases; tally: Tally }> {
  await refilled(lab, where);
  const load = lab.load(where.gateway, { path: '/limited', callers: CALLERS });
  let backMs = 0;
  const phases = await lab.phases(async () => {
    const heal = await begin();
    return async () => {
      await heal();
      backMs = await storeIsBack(where.gateway);
    };
  });
  const tally = await load.stop();
  const seen = tally.summary();
  const over = CONSUMERS.map((caller) => overBy(tally, caller, where.bucket, phases));
  const failed = tally.samples().filter(({ outcome }) => !isFine(outcome)).length - seen.wrong - seen.lost;
  const before = tally.latency(0.99, undefined, phases.started, phases.fault);
  const during = tally.latency(0.99, undefined, phases.fault, phases.healed);
  const targets = [
    count('answered wrongly', seen.wrong),
    count('lost', seen.lost),
    count('failed (5xx and others)', failed),
    count('admitted too much, of the worst caller', Math.max(...over), 10, '%'),
    atLeast('admitted during the fault', tally.count('ok', phases.fault, phases.healed), 1),
    time('p99 rises by', Math.max(0, during - before), 30),
    time('Redis in use again after', backMs, 1_000),
  ];
  return { finding: { seen: [seen], targets }, phases, tally };
}

function overBy(tally: Tally, caller: string, bucket: Site['bucket'], phases: Phases): number {
  const admitted = tally.samples().filter((one) => one.caller === caller && one.outcome === 'ok').length;
  return overAdmission(admitted, bucket, (tally.endedAt - phases.started) / 1000);
}

const killed: Experiment = {
  number: 7,
  title: 'Redis is killed (SIGKILL) and started again, empty',
  async run(lab) {
    const where = await site(lab);
    const { finding } = await underLoad(lab, where, async () => {
      await where.redis.kill();
      return () => where.redis.restart();
    });
    return finding;
  },
};

const stopped: Experiment = {
  number: 8,
  title: 'Redis hangs (SIGSTOP)',
  async run(lab) {
    const where = await site(lab);
    let before = 0;
    let waited = 0;
    const { finding } = await underLoad(lab, where, async () => {
      before = await where.redis.executed();
      where.redis.signal('SIGSTOP');
      return async () => {
        where.redis.signal('SIGCONT');
        // One of ours is among them: what it executes first is what had waited in its sockets.
        waited = (await where.redis.executed()) - before;
      };
    });
    const bounded = count('commands that had waited', waited, COMMANDS_THAT_WAIT);
    return { ...finding, targets: [...finding.targets, bounded] };
  },
};

const paused: Experiment = {
  number: 8,
  title: 'Redis answers nobody (CLIENT PAUSE)',
  async run(lab) {
    const where = await site(lab);
    const { finding } = await underLoad(lab, where, async () => {
      const pauseMs = Math.min(PAUSE_MS, lab.scale.faultMs);
      await where.redis.command('CLIENT', 'PAUSE', String(pauseMs), 'ALL');
      return async () => {};
    });
    return finding;
  },
};

const readOnly: Experiment = {
  number: 9,
  title: 'Redis becomes a replica (READONLY)',
  async run(lab) {
    const where = await site(lab);
    const { finding } = await underLoad(lab, where, async () => {
      await where.redis.command('REPLICAOF', '127.0.0.1', '1');
      return () => where.redis.command('REPLICAOF', 'NO', 'ONE');
    });
    return finding;
  },
};

const failover: Experiment = {
  number: 10,
  title: 'Failover to an empty Redis',
  async run(lab) {
    const redis = await startRedis(lab);
    const proxy = await lab.proxy(redis.port);
    const where: ProxiedSite = { ...(await startSite(lab, redis, proxy.port)), proxy };
    const { gateway } = where;
    await fetch(`${gateway.adminUrl}/admin/revocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ consumer: REVOKED, key: 'k' }),
    });
    const revoked = lab.load(gateway, { path: '/limited', callers: [callerOf(REVOKED)], perSecond: 10 });
    const { finding, phases, tally } = await underLoad(lab, where, async () => {
      const fresh = await startRedis(lab);
      proxy.retarget(fresh.port);
      proxy.cut();
      return async () => {};
    });
    const denied = await revoked.stop();
    await gateway.stop();
    const { bucket } = where;
    const more = CONSUMERS.map((caller) => {
      const all = overBy(tally, caller, bucket, phases) / 100;
      const seconds = (tally.endedAt - phases.started) / 1000;
      return (all * (bucket.capacity + bucket.perSecond * seconds)) / bucket.capacity;
    });
    return {
      seen: [...finding.seen, denied.summary()],
      targets: [
        ...finding.targets.filter(({ name }) => !name.startsWith('admitted too much')),
        count('admitted too much, in bursts of the worst caller', Math.max(...more), 1),
        count('admitted of a revoked caller', denied.count('ok')),
      ],
    };
  },
};

const refusing: Experiment = {
  number: 11,
  title: 'Redis loses its scripts, is out of memory, is busy',
  async run(lab) {
    const where = await site(lab);
    const { redis } = where;
    const third = lab.scale.faultMs / 3;
    const { finding } = await underLoad(lab, where, async () => {
      await redis.command('SCRIPT', 'FLUSH');
      await lab.wait(third);
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
      await lab.wait(third);
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
      void redis.command('EVAL', 'while true do end', '0');
      return () => redis.command('SCRIPT', 'KILL');
    });
    return finding;
  },
};

export const REDIS: readonly Experiment[] = [killed, stopped, paused, readOnly, failover, refusing];

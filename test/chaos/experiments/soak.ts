/**
 * Experiment 18: for a long time everything happens at once (configurations and supergraphs that change, faulty ones among
 * them, clients and subscriptions that come, go and break off, backends and a Redis that fail), and nothing may pile up.
 */
import { readFileSync } from 'node:fs';
import { Bustle } from '../rig/bustle.ts';
import { breakOff, openSse, type Stream, visitBySocket } from '../rig/churn.ts';
import { atLeast, count, type Experiment, type Target, time } from '../rig/experiment.ts';
import type { Fault, FaultProxy } from '../rig/fault-proxy.ts';
import type { Gateway } from '../rig/gateway.ts';
import { EXPECTED, GraphBackends } from '../rig/graph-backends.ts';
import { HttpClient } from '../rig/http-client.ts';
import { Inspector } from '../rig/inspector.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';
import { findRedis, type Redis } from '../rig/redis.ts';
import { lastTwoThirds, median, theilSen } from '../rig/slope.ts';

const HOUR_MS = 3_600_000;
const KEPT_STREAMS = 3;
const GRAPH_CLIENTS = 2;
const MOST_LISTED = 5;
/** A collection stands still for a tenth of a second and more: none too often. */
const SAMPLE_AT_LEAST_MS = 2_000;
const SAMPLES = 60;
/** Supergraphs that must have served, however slow the machine is. */
const SUPERGRAPHS = 10;
/** On a machine that is slow it takes so many times as long, at most, to have as many of everything. */
const SLOWEST = 6;
const POOL = { keepAlive: '1s' };
const SETTLED_WITHIN_MS = 30_000;
/** More than this at rest would be kept by what came and went. */
const FILES_AT_REST = 4;
/** A constructor grows where it has so many objects more, and by such a share more. */
const GROWN_BY = 200;
const GROWN_TO = 1.1;

const FAULTS: readonly Fault[] = [
  { kind: 'delay', ms: 100 },
  { kind: 'reset', afterBytes: 600 },
  { kind: 'half-close', afterBytes: 600 },
  { kind: 'blackhole', fresh: 'work' },
  { kind: 'refuse' },
];

/** What must have happened until it is warm: each kind of change and of fault, and whatever is loaded or kept at its first time. */
const WARM: Readonly<Record<string, number>> = {
  changes: 6,
  faults: FAULTS.length,
  supergraphs: 3,
  pauses: 2,
};

interface Site {
  readonly gateway: Gateway;
  readonly inspector: Inspector;
  readonly graph: GraphBackends;
  readonly proxy: FaultProxy;
  readonly redis: Redis | undefined;
  readonly configOf: (version: number) => Record<string, unknown>;
}

interface Sample {
  readonly at: number;
  readonly heap: number;
  readonly rss: number;
  readonly files: number;
  readonly timers: number;
  readonly generations: number;
}

async function startSite(lab: Lab): Promise<Site> {
  const program = findRedis();
  const redis = program === undefined ? undefined : await lab.redis(program);
  const [backend, graph] = await Promise.all([lab.backend(), GraphBackends.start()]);
  lab.atEnd(async () => graph.close());
  const proxy = await lab.proxy(backend.port);
  const configOf = (version: number): Record<string, unknown> => ({
    shedding: 'off',
    telemetry: { accessLog: { enabled: false }, level: 'warn' },
    ...(redis ? { state: { redis: `redis://127.0.0.1:${redis.port}` } } : {}),
    auth: { apiKey: {} },
    plans: { wide: { limit: { capacity: 100_000, refill: '50000/s', mode: 'leased' } } },
    consumers: CONSUMERS.map((id) => consumerEntry(id, 'wide')),
    graph: {
      supergraph: { url: `${graph.source}/supergraph`, poll: '200ms' },
      auth: 'none',
      planBudget: '10s',
      subscriptions: { subgraphs: { items: { protocol: 'sse' } } },
    },
    upstreams: {
      echo: { url: backend.url, pool: POOL, breaker: false },
      sick: { url: `http://127.0.0.1:${proxy.port}`, timeout: { attempt: '500ms' }, pool: POOL },
      items: { subgraph: 'items', url: graph.items, pool: POOL },
      extras: { subgraph: 'extras', url: graph.extras, pool: POOL },
    },
    routes: ['echo', 'sick'].map((name) => ({
      match: { path: `/${name}` },
      to: { upstream: name },
      auth: ['apiKey'],
      response: { headers: { set: { 'x-version': String(version) } } },
    })),
  });
  const gateway = await lab.gateway({ config: configOf(0), nodeOptions: ['--inspect=127.0.0.1:0'] });
  const inspector = await Inspector.open(gateway.log);
  lab.atEnd(async () => inspector.close());
  return { gateway, inspector, graph, proxy, redis, configOf };
}

async function sample({ gateway, inspector }: Site): Promise<Sample> {
  const heap = await inspector.heapBytes();
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
  return {
    at: performance.now(),
    heap,
    rss: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024,
    files: gateway.openFiles(),
    timers: await inspector.timers(),
    generations: await gateway.metric('frontdesk_generations'),
  };
}

/** One of three changes is none that can be taken. */
function change({ gateway, configOf }: Site, index: number): void {
  const config = configOf(index);
  if (index % 3 !== 2) gateway.write(config);
  else if (index % 2 === 0) gateway.write(config, JSON.stringify(config).slice(0, -40));
  else gateway.write({ ...config, upstreams: {} });
  gateway.signal('SIGHUP');
}

const applied = (gateway: Gateway): Promise<number> =>
  gateway.metric('frontdesk_supergraph_reloads_total', 'outcome="applied"');

function askGraph(client: HttpClient, index: number): Promise<void> {
  const alias = `a${index % 10}`;
  const body = JSON.stringify({ query: `{ ${alias}: items(count: 20) { id name extra } }` });
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return client.send(head + body).then((answer) => {
    if (typeof answer === 'string') throw new Error(answer);
    if (answer.status !== 200 || answer.body !== `{"data":{"${alias}":${EXPECTED}}}`) {
      throw new Error(`${answer.status} ${answer.body.slice(0, 200)}`);
    }
  });
}

function soakMsOf({ scale }: Lab): number {
  return scale.soakMs ?? HOUR_MS;
}

/** Everything at once but the load. */
function bustle(lab: Lab, site: Site): Bustle {
  const { gateway, graph, proxy, redis } = site;
  const { port } = gateway;
  const doings = new Bustle();
  const client = new HttpClient({ port, connections: GRAPH_CLIENTS });
  lab.atEnd(async () => client.close());
  for (let i = 0; i < GRAPH_CLIENTS; i += 1) {
    doings.repeat('queries', 50, (index) => askGraph(client, index + i));
  }
  doings.repeat('sockets', 100, () => visitBySocket(port));
  doings.repeat('streams', 100, async () => {
    const stream = await openSse(port);
    await stream.next().finally(() => stream.close());
  });
  doings.repeat('resets', 50, (index) => breakOff(port, index, '/echo', CALLERS[0]?.head));
  doings.repeat('supergraphs', lab.scale.isShort ? 700 : 2_000, async () => {
    graph.version += 1;
  });
  doings.repeat('changes', lab.scale.isShort ? 1_000 : 10_000, async (index) => change(site, index));
  doings.repeat('faults', lab.scale.isShort ? 250 : 500, async (index) => {
    proxy.set(FAULTS[index % FAULTS.length] ?? { kind: 'none' });
    // Longer than an attempt may take.
    await lab.wait(lab.scale.isShort ? 750 : 1_000);
    proxy.heal();
  });
  if (redis) {
    doings.repeat('pauses', lab.scale.isShort ? 2_000 : 4_000, async (index) => {
      if (index % 2 === 0) await redis.command('CLIENT', 'PAUSE', '500', 'ALL');
      else await redis.command('SCRIPT', 'FLUSH');
    });
  }
  return doings;
}

/** A third of the time, and on a slow machine for longer: what is compared afterwards must have happened once. */
async function warmed(lab: Lab, site: Site, warmUp: Bustle): Promise<void> {
  const perSecond = lab.scale.perSecond / 4;
  const load = lab.load(site.gateway, { path: '/sick', callers: CALLERS, perSecond });
  const since = performance.now();
  const ran = (): number => performance.now() - since;
  const third = soakMsOf(lab) / 3;
  while (ran() < third || (!warmUp.hasDone(WARM) && ran() < SLOWEST * soakMsOf(lab))) {
    await lab.wait(50);
  }
  await load.stop();
}

/** Nothing is under way any more: what is left is what is kept. */
async function settled(
  lab: Lab,
  site: Site,
  generations: number,
  files = Number.POSITIVE_INFINITY,
): Promise<Sample> {
  // Kept connections to backends end first.
  await lab.wait(2_000);
  const since = performance.now();
  for (;;) {
    const { subscriptions } = site.graph;
    const now = await site.gateway.metric('frontdesk_generations');
    const kept = generations - 1 > 0 ? KEPT_STREAMS : 0;
    const late = performance.now() - since > SETTLED_WITHIN_MS;
    const isLess = now <= generations && subscriptions <= kept && site.gateway.openFiles() <= files;
    if (isLess || late) return sample(site);
    await lab.wait(50);
  }
}

/** Each for itself: the upstream subscription of all is shared. */
function ticks(streams: readonly Stream[]): Promise<number> {
  const heard = streams.map((stream) =>
    stream.hasEnded
      ? Promise.resolve(0)
      : stream.next().then(
          () => 1,
          () => 0,
        ),
  );
  return Promise.all(heard).then((each) => each.reduce<number>((sum, one) => sum + one, 0));
}

/** By how much a series rises over its last two thirds, by its slope. */
function risen(samples: readonly Sample[], of: (sample: Sample) => number, overMs?: number): number {
  const points = lastTwoThirds(samples.map((one) => ({ at: one.at, value: of(one) })));
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  return theilSen(points) * (overMs ?? span);
}

function grownConstructors(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): string[] {
  return [...after]
    .map(([name, now]) => ({ name, now, was: before.get(name) ?? 0 }))
    .filter(({ now, was }) => now - was > GROWN_BY && now > was * GROWN_TO)
    .map(({ name, now, was }) => `${name} ${was} → ${now}`);
}

function flatness(lab: Lab, samples: readonly Sample[], first: Sample, last: Sample): Target[] {
  const heap = median(samples.map((one) => one.heap));
  const percent = (bytes: number): number => (bytes / heap) * 100;
  const hourly = percent(risen(samples, (one) => one.heap, HOUR_MS));
  const atRest = (last.heap / first.heap - 1) * 100;
  // A quarter of a minute of churn has hardly a slope: there what is left at rest counts.
  const slope = (name: string, of: (sample: Sample) => number, limit: number): Target =>
    (lab.scale.isShort ? time : count)(name, risen(samples, of), limit, '');
  return [
    soakMsOf(lab) < HOUR_MS / 4
      ? count('heap rises by, under load', percent(risen(samples, (one) => one.heap)), 15, '%')
      : time('heap rises by, under load', hourly, 1, '% an hour'),
    count('heap at rest: more than at the beginning', atRest, lab.scale.isShort ? 10 : 5, '%'),
    time(
      'most resident memory, of that when warm',
      Math.max(...samples.map(({ rss }) => rss)) / first.rss,
      1.5,
      '',
    ),
    slope('open files rise by', ({ files }) => files, 12),
    count('open files at rest: more than at the beginning', last.files - first.files, FILES_AT_REST),
    slope('timers rise by', ({ timers }) => timers, 12),
    count('timers at rest: more than at the beginning', last.timers - first.timers, 4),
    slope('generations rise by', ({ generations }) => generations, 1),
    count('generations at rest', last.generations, 1),
  ];
}

const soak: Experiment = {
  number: 18,
  isOnDemand: true,
  allowanceMs: 300_000,
  title: 'Soak: reloads, churn and faults, for as long as it is let',
  async run(lab) {
    const site = await startSite(lab);
    const { gateway, inspector } = site;
    const warmUp = bustle(lab, site);
    await warmed(lab, site, warmUp);
    await warmUp.stop();
    const first = await settled(lab, site, 1);
    const before = lab.scale.isShort ? undefined : await inspector.constructors();
    const streams = await Promise.all(Array.from({ length: KEPT_STREAMS }, () => openSse(gateway.port)));
    const { perSecond } = lab.scale;
    const calm = lab.load(gateway, { path: '/echo', callers: CALLERS, perSecond: perSecond / 2 });
    const sick = lab.load(gateway, { path: '/sick', callers: CALLERS, perSecond: perSecond / 4 });
    const doings = bustle(lab, site);
    const samples: Sample[] = [];
    const begun = performance.now();
    const ran = (): number => performance.now() - begun;
    const isLong = (served: number): boolean =>
      ran() > soakMsOf(lab) && (served >= SUPERGRAPHS || ran() > SLOWEST * soakMsOf(lab));
    while (!isLong(await applied(gateway))) {
      await lab.wait(Math.max(SAMPLE_AT_LEAST_MS, soakMsOf(lab) / SAMPLES));
      samples.push(await sample(site));
    }
    await doings.stop();
    site.proxy.heal();
    const [well, ill] = await Promise.all([calm.stop(), sick.stop()]);
    const heard = await ticks(streams);
    const pinned = await settled(lab, site, 2);
    for (const stream of streams) stream.close();
    const last = await settled(lab, site, 1, first.files + FILES_AT_REST);
    const after = before && (await inspector.constructors());
    const served = await applied(gateway);
    const refused = await gateway.metric('frontdesk_supergraph_reloads_total', 'outcome="refused"');
    const grown = before && after ? grownConstructors(before, after) : [];
    const faults = [...warmUp.faults, ...doings.faults];
    await gateway.stop();
    const seen = [well.summary(), ill.summary()] as const;
    return {
      seen,
      targets: [
        count('answered wrongly', seen[0].wrong + seen[1].wrong),
        count('calm route: lost', seen[0].lost),
        count('calm route: not answered', seen[0].sent - seen[0].ok),
        { ...count('queries and subscriptions that failed', faults.length), why: listed(faults) },
        count('subscriptions that ended, of those kept throughout', KEPT_STREAMS - heard),
        count('generations while they are kept', pinned.generations, 2),
        atLeast('supergraphs taken over', served, SUPERGRAPHS),
        count('supergraphs refused', refused),
        ...flatness(lab, samples, first, last),
        ...(before ? [{ ...count('constructors that grow', grown.length), why: listed(grown) }] : []),
      ],
    };
  },
};

function listed(texts: readonly string[]): string {
  return texts.slice(0, MOST_LISTED).join('; ');
}

export const SOAK: readonly Experiment[] = [soak];

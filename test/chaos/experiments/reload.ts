/** Experiment 14: the configuration changes ten times a second under load, and three of ten changes are no configuration. */
import { count, type Experiment, risePercent, time } from '../rig/experiment.ts';
import type { Gateway } from '../rig/gateway.ts';
import { CALLERS, CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';

const EVERY_MS = 100;
/** Of ten changes these are faulty: one that is cut off, one with a typo, one that names what is not there. */
const FAULTY = new Map([
  [2, 'cut off'],
  [5, 'typo'],
  [8, 'no such upstream'],
]);

function configOf(backend: string, version: number): Record<string, unknown> {
  return {
    shedding: 'off',
    telemetry: { accessLog: { enabled: false }, level: 'warn' },
    auth: { apiKey: {} },
    consumers: CONSUMERS.map((id) => consumerEntry(id)),
    upstreams: { echo: { url: backend } },
    routes: [
      {
        match: { path: '/versioned' },
        // What the backend is asked for and what the client is told are of one version, or the reply is mixed.
        to: { upstream: 'echo', rewrite: `/version/${version}` },
        response: { headers: { set: { 'x-version': `/version/${version}` } } },
        auth: ['apiKey'],
      },
    ],
  };
}

/** Writes what the `index`th change is; tells whether it can be taken. */
function write(gateway: Gateway, backend: string, index: number): boolean {
  const config = configOf(backend, index);
  switch (FAULTY.get(index % 10)) {
    case 'cut off':
      gateway.write(config, JSON.stringify(config).slice(0, -40));
      return false;
    case 'typo':
      gateway.write({ ...config, ruotes: [] });
      return false;
    case 'no such upstream':
      gateway.write({ ...config, upstreams: {} });
      return false;
    default:
      gateway.write(config);
      return true;
  }
}

/** Milliseconds until nothing else is answered any more than this version. */
async function converged(lab: Lab, newestAt: () => number, since: number): Promise<number> {
  while (newestAt() < since && performance.now() - since < 10_000) await lab.wait(10);
  return newestAt() < since ? Number.POSITIVE_INFINITY : newestAt() - since;
}

const reload: Experiment = {
  number: 14,
  title: 'Ten changes of the configuration a second, three of ten faulty',
  async run(lab) {
    const backend = await lab.backend();
    const gateway = await lab.gateway({ config: configOf(backend.url, 0) });
    const versions = new Set<string>();
    let mixed = 0;
    let newest = '';
    let newestAt = 0;
    const load = lab.load(gateway, {
      path: '/versioned',
      callers: CALLERS,
      judge: ({ fields }) => {
        const [told, done] = [fields.get('x-version') ?? '', fields.get('x-path') ?? ''];
        if (told !== done) mixed += 1;
        versions.add(told);
        if (told === newest && newestAt === 0) newestAt = performance.now();
        return told === done;
      },
    });
    let changes = 0;
    let convergedMs = 0;
    const phases = await lab.phases(async () => {
      const until = performance.now() + lab.scale.faultMs;
      while (performance.now() < until) {
        changes += 1;
        write(gateway, backend.url, changes);
        gateway.signal('SIGHUP');
        await lab.wait(EVERY_MS);
      }
      // The last one is good, whatever stood before it.
      changes += 10 - (changes % 10);
      newest = `/version/${changes}`;
      write(gateway, backend.url, changes);
      const since = performance.now();
      gateway.signal('SIGHUP');
      convergedMs = await converged(lab, () => newestAt, since);
      return async () => {};
    });
    const tally = await load.stop();
    const seen = tally.summary();
    const p99 = (from: number, to: number) => tally.latency(0.99, 'ok', from, to);
    const faulty = [...versions].filter((version) => FAULTY.has(Number(version.split('/').at(-1)) % 10));
    await gateway.stop();
    return {
      seen: [seen],
      targets: [
        count('mixed versions in one reply', mixed),
        count('answered wrongly', seen.wrong),
        count('lost', seen.lost),
        count('not answered', seen.sent - seen.ok),
        count('faulty versions that served', faulty.length),
        time(
          'p99 rises by',
          risePercent(p99(phases.started, phases.fault), p99(phases.fault, phases.healed)),
          20,
          '%',
        ),
        time('the last change serves after', convergedMs, 1_000),
      ],
    };
  },
};

export const RELOAD: readonly Experiment[] = [reload];

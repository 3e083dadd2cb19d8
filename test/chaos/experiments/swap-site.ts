/**
 * A gateway whose configuration is exchanged again and again: each version stands in every reply at both ends (what is decided
 * first of a request and what is decided last), so that a reply of two versions is seen.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Gateway } from '../rig/gateway.ts';
import type { Reply } from '../rig/http-client.ts';
import { CONSUMERS, consumerEntry, type Lab } from '../rig/lab.ts';

type Written = Readonly<Record<string, unknown>>;

const TOKEN = 'the-token-of-the-operators-of-swaps';
const SLOW_MS = 20;
const POLL_MS = 10;
const ANSWER_WITHIN_MS = 60_000;
const PARTS = 'parts/routes.yaml';
const ROUTE = {
  match: { path: '/versioned' },
  auth: ['apiKey'],
};

/** Ways in which a version comes to the gateway. */
export const WAYS = ['PUT', 'PUT of several files', 'file', 'file and SIGHUP'] as const;
export type Way = (typeof WAYS)[number];

/** Configurations that cannot be taken, by what is wrong. The last four are fit to read: only building them fails, or their files. */
export const INVALID = [
  'cut off',
  'unknown key',
  'no such included file',
  'no such upstream',
  'no such package',
  'an unfit certificate',
  'two routes alike',
  'a package that throws',
  'a package that is no BFF',
] as const;
export type Invalid = (typeof INVALID)[number];

export interface SwapSite {
  readonly gateway: Gateway;
  /** The version of a reply; `undefined` where it is of more than one. */
  versionOf(reply: Reply): number | undefined;
  /** Resolves, when the gateway has said so, with whether it took the version over. */
  swap(version: number, way: Way, invalid: Invalid | undefined): Promise<boolean>;
  /** Bytes in use after a collection, of the process that uses most. */
  heapBytes(): Promise<number>;
}

export async function startSwapSite(lab: Lab, workers: number): Promise<SwapSite> {
  const backends = [await lab.backend(), await lab.backend()];
  // So that requests are under way whenever something changes.
  for (const backend of backends) await backend.tell(`slow-${SLOW_MS}`);
  writeFileSync(join(lab.folder, 'throws.mjs'), `throw new Error('not today');\n`);
  writeFileSync(join(lab.folder, 'no-bff.mjs'), 'export default 1;\n');
  writeFileSync(join(lab.folder, 'unfit.pem'), 'no certificate\n');
  const folder = join(lab.folder, `told-${workers}`);
  mkdirSync(folder, { recursive: true });
  const configOf = (version: number): Written => ({
    workers: { count: workers, startWithin: '2m' },
    shedding: 'off',
    reload: { settle: '10ms' },
    admin: { token: TOKEN },
    telemetry: { accessLog: { enabled: false }, level: 'warn' },
    // Set by the outermost step, whatever the route does.
    securityHeaders: { more: { 'x-outer': String(version) } },
    auth: { apiKey: {} },
    consumers: CONSUMERS.map((id) => consumerEntry(id)),
    upstreams: { echo: { url: backends[version % 2]?.url } },
    routes: [routeOf(version)],
  });
  const gateway = await lab.gateway({
    nodeOptions: ['--expose-gc', '--import', join(import.meta.dirname, '../rig/trouble-preload.ts')],
    env: { FRONTDESK_TEST_TROUBLE: folder },
    config: configOf(0),
  });
  const operator = new Operator(lab, gateway);
  return {
    gateway,
    versionOf: ({ fields }) => {
      const version = Number(fields.get('x-outer'));
      const isOfOne =
        fields.get('x-told') === String(version) &&
        fields.get('x-was-told') === String(version) &&
        fields.get('x-path') === `/version/${version}` &&
        fields.get('x-port') === String(backends[version % 2]?.port);
      return isOfOne ? version : undefined;
    },
    swap: (version, way, invalid) => operator.bring(way, made(configOf(version), invalid), invalid),
    heapBytes: () => heapBytes(lab, gateway, folder),
  };
}

function routeOf(version: number): Written {
  return {
    ...ROUTE,
    to: { upstream: 'echo', rewrite: `/version/${version}` },
    request: { headers: { set: { 'x-telling': String(version) } } },
    response: { headers: { set: { 'x-told': String(version) } } },
  };
}

function made(config: Written, invalid: Invalid | undefined): Written {
  const { routes } = config;
  const list: unknown[] = Array.isArray(routes) ? routes : [];
  const bff = (file: string): Written => ({ ...config, bffs: [{ package: `./${file}`, mount: '/bff' }] });
  switch (invalid) {
    case 'unknown key':
      return { ...config, ruotes: [] };
    case 'no such included file':
      return { ...config, include: ['nowhere.yaml'] };
    case 'no such upstream':
      return { ...config, upstreams: {} };
    case 'no such package':
      return bff('nowhere.mjs');
    case 'an unfit certificate':
      return { ...config, upstreams: { ...recordOf(config.upstreams), other: OTHER } };
    case 'two routes alike':
      return { ...config, routes: [...list, ...list] };
    case 'a package that throws':
      return bff('throws.mjs');
    case 'a package that is no BFF':
      return bff('no-bff.mjs');
    default:
      return config;
  }
}

const OTHER = { url: 'https://127.0.0.1:1', tls: { ca: './unfit.pem' } };

/** Somebody who changes configurations, and waits for what the gateway says to it. */
class Operator {
  readonly #lab: Lab;
  readonly #gateway: Gateway;
  #entry: string | undefined;

  constructor(lab: Lab, gateway: Gateway) {
    this.#lab = lab;
    this.#gateway = gateway;
  }

  async bring(way: Way, config: Written, invalid: Invalid | undefined): Promise<boolean> {
    const gateway = this.#gateway;
    const whole = gateway.text(config);
    const text = invalid === 'cut off' ? whole.slice(0, -40) : whole;
    if (way === 'PUT') return this.#put('application/yaml', text);
    if (way === 'PUT of several files') {
      if (invalid === 'cut off' || invalid === 'no such included file')
        return this.#put('application/yaml', text);
      const { routes, ...entry } = config;
      const files = {
        [await this.#entryName()]: gateway.text({ ...entry, include: [PARTS] }),
        [PARTS]: JSON.stringify({ routes }),
      };
      return this.#put('application/vnd.frontdesk.bundle+json', JSON.stringify({ files }));
    }
    const since = Date.now();
    gateway.write(config, text);
    if (way === 'file and SIGHUP') gateway.signal('SIGHUP');
    return this.#became(since, way === 'file' ? 'file' : 'signal');
  }

  async #put(type: string, body: string): Promise<boolean> {
    const headers = { 'content-type': type };
    const answer = await this.#gateway.admin('/admin/config', { method: 'PUT', headers, body });
    const said = await answer.text();
    if (answer.status !== 200 && answer.status !== 422) throw new Error(`${answer.status}: ${said}`);
    return answer.status === 200;
  }

  async #entryName(): Promise<string> {
    this.#entry ??= basename(String(Reflect.get(await this.#view(), 'file')));
    return this.#entry;
  }

  async #view(): Promise<object> {
    const view: unknown = await (await this.#gateway.admin('/admin/config')).json();
    return recordOf(view);
  }

  /** Whether the first attempt since then that this caused was taken over. */
  async #became(since: number, source: string): Promise<boolean> {
    const until = performance.now() + ANSWER_WITHIN_MS;
    while (performance.now() < until) {
      const history: unknown = Reflect.get(await this.#view(), 'history');
      const attempts: unknown[] = Array.isArray(history) ? history : [];
      for (const attempt of attempts.map(recordOf)) {
        if (attempt.source === source && Date.parse(String(attempt.at)) >= since) {
          return attempt.outcome === 'applied';
        }
      }
      await this.#lab.wait(POLL_MS);
    }
    throw new Error(
      `nothing came of a change by ${source} within ${ANSWER_WITHIN_MS} ms:\n${this.#gateway.log}`,
    );
  }
}

async function heapBytes(lab: Lab, gateway: Gateway, folder: string): Promise<number> {
  const pids = [gateway.pid, ...childrenOf(gateway.pid)];
  let most = 0;
  for (const pid of pids) {
    const file = join(folder, String(pid));
    writeFileSync(`${file}.new`, 'heap');
    renameSync(`${file}.new`, file);
    const until = performance.now() + ANSWER_WITHIN_MS;
    while (performance.now() < until && !readdirSync(folder).includes(`${pid}.heap`)) await lab.wait(POLL_MS);
    most = Math.max(most, Number(readFileSync(`${file}.heap`, 'utf8')));
    rmSync(`${file}.heap`);
  }
  return most;
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

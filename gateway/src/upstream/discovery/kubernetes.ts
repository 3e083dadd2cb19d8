/**
 * The EndpointSlices of a Kubernetes service: listed once, then watched from the version of the list. A watch that ends is
 * resumed where it was; where the API server no longer knows that version (410 Gone) they are listed anew. What the
 * slices said stays while they are listed.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { httpUrl } from '../../settings/settings.ts';
import {
  RegistryClient,
  type RegistryReply,
  type RegistryRequest,
  RegistrySilence,
} from '../transports/registry-client.ts';
import { type EndpointSlice, endpointSlice, endpointsOf } from './endpoint-slices.ts';
import { jsonOf, MAX_REPLY_BYTES, parsed } from './json-reply.ts';
import { pause } from './pause.ts';
import type { DiscoveryFollower, DiscoverySource, SourceParts } from './source.ts';
import { basePath, hostName, scheme } from './url-parts.ts';

const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'expected a name of Kubernetes: a-z, 0-9 and -');
const MOUNTED = '/var/run/secrets/kubernetes.io/serviceaccount';

export const kubernetesConfig = z.strictObject({
  service: label.describe('The name of the service'),
  namespace: label.optional().describe("By default the pod's own"),
  port: z
    .union([z.int().min(1).max(65_535), label])
    .optional()
    .describe("A port of the service's pods, by name or number; needed where there are several"),
  scheme,
  path: basePath,
  host: hostName.describe('The name that endpoints are asked by; by default SERVICE.NAMESPACE.svc'),
  api: httpUrl.optional().describe('The API server; by default that of the cluster we run in'),
  tokenFile: z.string().min(1).optional().describe("A bearer token; by default the pod's service account's"),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe("Authorities to trust; by default the pod's service account's"),
});

export type KubernetesConfig = z.output<typeof kubernetesConfig>;

const HEAD_MS = 10_000;
const LIST_IDLE_MS = 10_000;
const PAGE = 500;
/** The server ends a watch after so long, and sends a bookmark every minute or so. */
const WATCH_S = 240;
/** After more silence than that the watch is asked for anew, where it was: so a server that hangs is found out. */
const WATCH_IDLE_MS = 90_000;
/** A watch that ends sooner than this without a word is a failure: it must not be begun again at once. */
const SHORTEST_WATCH_MS = 1_000;
const BETWEEN_SHORT_WATCHES_MS = 250;

const sliceList = z.object({
  metadata: z.object({ resourceVersion: z.string().min(1), continue: z.string().optional() }),
  items: z.array(endpointSlice).nullish(),
});

const event = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: endpointSlice }),
  z.object({
    type: z.literal('BOOKMARK'),
    object: z.object({ metadata: z.object({ resourceVersion: z.string().min(1) }) }),
  }),
  z.object({
    type: z.literal('ERROR'),
    object: z.object({ code: z.number().optional(), message: z.string().optional() }),
  }),
]);

const GONE = 410;
const VERSION_GONE = 'the Kubernetes API no longer knows the version that we have';

interface Session {
  readonly client: RegistryClient;
  readonly headers: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

export class KubernetesSource implements DiscoverySource {
  readonly name: string;
  readonly longestBackoffMs = 30_000;
  readonly guarded = true;
  readonly #config: KubernetesConfig;
  readonly #parts: SourceParts;
  readonly #slices = new Map<string, EndpointSlice>();
  /** Of what we know; `undefined`: we must list. */
  #version: string | undefined;

  constructor(config: KubernetesConfig, parts: SourceParts) {
    const { service, namespace } = config;
    this.name = `kubernetes ${namespace === undefined ? '' : `${namespace}/`}${service}`;
    this.#config = config;
    this.#parts = parts;
  }

  async follow(follower: DiscoveryFollower, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A session for each watch: tokens and authorities are renewed on disk every hour or so.
      const session = await this.#openSession(signal);
      try {
        if (this.#version === undefined) await this.#list(session, follower);
        await this.#watch(session, follower);
      } finally {
        session.client.close();
      }
    }
  }

  async #openSession(signal: AbortSignal): Promise<Session> {
    const { clock } = this.#parts;
    const { api, tokenFile, caFile } = this.#config;
    const outside = api !== undefined;
    const token = await textOf(tokenFile, outside ? undefined : `${MOUNTED}/token`);
    const ca = await textOf(caFile, outside ? undefined : `${MOUNTED}/ca.crt`);
    const url = api ?? clusterUrl();
    const namespace =
      this.#config.namespace ??
      (await textOf(undefined, `${MOUNTED}/namespace`).catch(() => undefined)) ??
      'default';
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return { client: new RegistryClient({ url, ca, clock }), headers, namespace, signal };
  }

  async #list(session: Session, follower: DiscoveryFollower): Promise<void> {
    const listed = new Map<string, EndpointSlice>();
    let next: string | undefined;
    let version: string;
    do {
      const query = next === undefined ? '' : `&continue=${encodeURIComponent(next)}`;
      const reply = await this.#get(session, `limit=${PAGE}${query}`, LIST_IDLE_MS);
      const { metadata, items } = await jsonOf(reply, sliceList, 'the Kubernetes API');
      for (const slice of items ?? []) listed.set(slice.metadata.name, slice);
      next = metadata.continue || undefined;
      version = metadata.resourceVersion;
    } while (next !== undefined);
    this.#slices.clear();
    for (const [name, slice] of listed) this.#slices.set(name, slice);
    this.#version = version;
    this.#tell(session, follower);
  }

  /** Ends when the server ends it, or no longer knows our version. */
  async #watch(session: Session, follower: DiscoveryFollower): Promise<void> {
    const { clock } = this.#parts;
    const startedAt = clock.now();
    const version = encodeURIComponent(this.#version ?? '');
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=${WATCH_S}`;
    const reply = await this.#get(session, query, WATCH_IDLE_MS);
    if (reply.status === GONE) {
      this.#version = undefined;
      throw new Error(VERSION_GONE);
    }
    if (reply.status !== 200) await jsonOf(reply, z.never(), 'the Kubernetes API');
    follower.confirmed();
    let heard = false;
    try {
      for await (const lines of reply.lines()) {
        if (!this.#apply(lines, session, follower)) break;
        heard = true;
      }
    } catch (error) {
      // A watch without bookmarks may be silent for long; one that broke is resumed.
      if (!(error instanceof RegistrySilence)) throw error;
    }
    if (clock.now() - startedAt >= SHORTEST_WATCH_MS) return;
    // One that says a word and ends, again and again, is spared: what it says is not missed.
    if (heard) return pause(clock, BETWEEN_SHORT_WATCHES_MS, session.signal);
    throw new Error(this.#version === undefined ? VERSION_GONE : 'the watch ended at once');
  }

  /** False: the version is gone. */
  #apply(lines: readonly string[], session: Session, follower: DiscoveryFollower): boolean {
    let changed = false;
    for (const line of lines) {
      const said = parsed(line, event, 'the Kubernetes API');
      if (said.type === 'ERROR') {
        this.#version = undefined;
        if (said.object.code === GONE) return false;
        throw new Error(`the watch failed: ${said.object.message ?? said.object.code}`);
      }
      if (said.type === 'DELETED') this.#slices.delete(said.object.metadata.name);
      else if (said.type !== 'BOOKMARK') this.#slices.set(said.object.metadata.name, said.object);
      changed ||= said.type !== 'BOOKMARK';
      this.#version = said.object.metadata.resourceVersion ?? this.#version;
    }
    if (changed) this.#tell(session, follower);
    else follower.confirmed();
    return true;
  }

  #tell({ namespace }: Session, follower: DiscoveryFollower): void {
    const { service, port, scheme: protocol, path, host } = this.#config;
    const view = { port, scheme: protocol, path, host: host ?? `${service}.${namespace}.svc` };
    const { specs, faults } = endpointsOf(this.#slices.values(), view);
    follower.found(specs, faults);
  }

  #get(session: Session, query: string, idleMs: number): Promise<RegistryReply> {
    const selector = encodeURIComponent(`kubernetes.io/service-name=${this.#config.service}`);
    const base = `/apis/discovery.k8s.io/v1/namespaces/${session.namespace}/endpointslices`;
    const request: RegistryRequest = {
      path: `${base}?labelSelector=${selector}&${query}`,
      headers: session.headers,
      headMs: HEAD_MS,
      idleMs,
      maxBytes: MAX_REPLY_BYTES,
      signal: session.signal,
    };
    return session.client.open(request);
  }
}

/** A file's text without its last line break; `undefined` where neither is named. */
async function textOf(file: string | undefined, otherwise: string | undefined): Promise<string | undefined> {
  const path = file ?? otherwise;
  return path === undefined ? undefined : (await readFile(path, 'utf8')).trim();
}

function clusterUrl(): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  if (host === undefined) throw new Error('expected api: this process does not run in a Kubernetes cluster');
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

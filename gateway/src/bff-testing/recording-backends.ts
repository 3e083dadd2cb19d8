/** Backends of a test that are the real ones, asked over the network, and written down. */
import type { Backends, GraphDocument } from '../bff/backend.ts';
import { isGrpcBackend } from '../bff/grpc-backend.ts';
import type { FakeBackends } from './backends.ts';
import { StatusAnswer } from './fake-answer.ts';
import { operationName } from './operation-name.ts';
import {
  askedOf,
  type RecordedCall,
  type Recording,
  type RedactionRules,
  recordingOf,
  redacted,
  shapeDrifts,
} from './recording.ts';

export interface LiveBackends extends RedactionRules {
  /** Where each REST backend is: `{ users: 'http://127.0.0.1:4101' }`. */
  readonly upstreams: Readonly<Record<string, string>>;
  /** Where the graph is, and the operations that are asked of it. */
  readonly graph?: { readonly url: string; readonly documents: readonly GraphDocument<unknown, never>[] };
  /** Sent with every call, and never recorded. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call as a recording holds it, to be asked of what is live. */
export type LiveCall = Pick<RecordedCall, 'to' | 'asked' | 'document'>;

export interface LiveAnswer {
  readonly status: number;
  readonly answer: unknown;
}

/** Backends that are reached otherwise than by their addresses. `ask` rejects for a call without an answer. */
export interface AskedBackends extends RedactionRules {
  readonly ask: (call: LiveCall) => Promise<LiveAnswer>;
}

export interface RecordingBackends extends FakeBackends {
  /** What was asked and answered so far. */
  recording(): Recording;
}

/** The longest that a backend may take, milliseconds of real time. */
const LIVE_TIMEOUT_MS = 10_000;

/** Real backends for `testScreen` and its like: whatever they answer is kept, redacted. gRPC and streams are not asked. */
export function recordingBackends(
  kit: { readonly backends: Backends },
  live: LiveBackends | AskedBackends,
): RecordingBackends {
  const calls: RecordedCall[] = [];
  const rest = Object.entries(kit.backends).filter(([, backend]) => !isGrpcBackend(backend));
  const known = rest.flatMap(([name, backend]) =>
    Object.entries(backend).flatMap(([method, endpoints]) =>
      typeof endpoints === 'object' && endpoints !== null && method !== 'stream'
        ? Object.keys(endpoints).map((path) => `${name} ${method.toUpperCase()} ${path}`)
        : [],
    ),
  );
  const operations = ('graph' in live ? (live.graph?.documents ?? []) : []).map(
    ({ source }) => `graph ${operationName(source)}`,
  );
  return {
    kind: 'frontdesk.fakes',
    backends: kit.backends,
    known: [...known, ...operations],
    async answer(to, asked, document) {
      const asks = document === undefined ? { to, asked } : { to, asked, document };
      const { status, answer } = await askLive(live, asks);
      const call = { ...asks, asked: askedOf(asked), answer };
      calls.push(status === 200 ? call : { ...call, status });
      return status === 200 ? answer : new StatusAnswer(status, answer, {});
    },
    recording: () => recordingOf(calls, live),
  };
}

/**
 * Asks live backends what a recording asked, reads alone, and tells where the shape of an answer is another: `users GET
 * /users/{id} /tier: string, now absent`. Give the `identities` that it was recorded with.
 */
export async function checkRecording(
  recording: Recording,
  live: LiveBackends | AskedBackends,
): Promise<readonly string[]> {
  const names = Object.entries(live.identities ?? {}).map(([real, standIn]) => [standIn, real]);
  const back = { identities: Object.fromEntries(names) };
  const drifts: string[] = [];
  for (const call of recording.calls) {
    if (!isRead(call)) continue;
    const { to, status = 200, answer } = call;
    const now = await askLive(live, { ...call, asked: redacted(call.asked, back) });
    const found =
      now.status === status
        ? shapeDrifts(answer, redacted(now.answer, live))
        : [`status ${status}, now ${now.status}`];
    drifts.push(...found.map((drift) => `${to} ${drift}`));
  }
  return drifts;
}

/** Whether it may be asked again as often as one likes. */
export function isRead({ to, document = '' }: RecordedCall): boolean {
  const [, method, path] = to.split(' ');
  return path === undefined ? !/\bmutation\b/.test(document) : method === 'GET';
}

/** Where a call of a REST backend goes: path and query. */
export function restTarget(template: string, asked: unknown): string {
  const given: { path: object; query: object } = {
    path: {},
    query: {},
    ...(typeof asked === 'object' ? asked : {}),
  };
  const path = template.replaceAll(/\{([^}]+)\}/g, (_, name: string) =>
    encodeURIComponent(String(Reflect.get(given.path, name))),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given.query)) {
    for (const one of [value].flat()) query.append(name, String(one));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

function askLive(live: LiveBackends | AskedBackends, call: LiveCall): Promise<LiveAnswer> {
  if ('ask' in live) return live.ask(call);
  const { to, asked } = call;
  const [upstream = '', method = '', path] = to.split(' ');
  if (upstream === 'graph' && path === undefined) return askGraph(live, method, asked);
  const base = live.upstreams[upstream];
  if (base === undefined || path === undefined || method === 'STREAM') {
    throw new TypeError(`${to}: recording asks REST backends under \`upstreams\`, and the graph`);
  }
  return askRest(live, base, method, path, asked);
}

async function askRest(
  { headers }: LiveBackends,
  base: string,
  method: string,
  template: string,
  asked: unknown,
): Promise<LiveAnswer> {
  const given: { body?: unknown; headers?: object } = typeof asked === 'object' ? { ...asked } : {};
  const target = `${base.replace(/\/$/, '')}${restTarget(template, asked)}`;
  const body = given.body === undefined ? {} : { body: JSON.stringify(given.body) };
  return read(
    await fetch(target, { method, headers: { ...given.headers, ...headers }, ...body, ...limit() }),
  );
}

async function askGraph(
  { graph, headers }: LiveBackends,
  name: string,
  variables: unknown,
): Promise<LiveAnswer> {
  const document = graph?.documents.find(({ source }) => operationName(source) === name);
  if (!graph || !document) throw new TypeError(`graph ${name}: it is not among \`graph.documents\``);
  const reply = await fetch(graph.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: document.source, operationName: name, variables }),
    ...limit(),
  });
  const { status, answer } = await read(reply);
  const data: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'data') : undefined;
  if (data === null || data === undefined) throw new TypeError(`graph ${name}: no data, status ${status}`);
  return { status, answer: data };
}

async function read(reply: Response): Promise<LiveAnswer> {
  const text = await reply.text();
  const answer: unknown = text === '' ? null : JSON.parse(text);
  return { status: reply.status, answer };
}

function limit(): { readonly signal: AbortSignal } {
  return { signal: AbortSignal.timeout(LIVE_TIMEOUT_MS) };
}

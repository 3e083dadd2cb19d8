/*
 * What every client of a BFF has below its own types: requests of the REST face, streams, documents of GraphQL. It
 * stands in the generated file as it is here, so that it imports nothing and uses nothing but what browsers, React
 * Native and Node all have. The name's end keeps it a text where the package is built.
 */
import type { ErrorCode as KnownProblem } from '../core/errors.ts';

// From here on.
type Fields = Readonly<Record<string, string>>;

export interface ClientOptions {
  /** Where the BFF is, with its mount: `https://api.example.com/mobile`. */
  readonly url: string;
  /** Fields of every request, such as `authorization`. A function is asked before each request. */
  readonly headers?: Fields | (() => Fields | Promise<Fields>);
  /** Whether cookies go along. Default: as the platform has it. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
  /** Who sends requests. Default: the platform. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Fields;
}

export interface Answer<Data> {
  readonly data: Data;
  /** What is missing or partial of it: names of parts or steps. */
  readonly incomplete: readonly string[];
  /** Of an answer that may be kept: hand the answer back as `known`, and only a changed one is sent again. */
  readonly etag: string | undefined;
  /** Whether it was given before to the same `idempotencyKey`. */
  readonly replayed: boolean;
}

/** A refusal or a failure in the words of a problem document (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: ProblemCode;
  /** Names the request in the gateway's log. */
  readonly requestId: string | undefined;
  /** When to ask again, in seconds. */
  readonly retryAfterS: number | undefined;
  /** The key under which a flow was asked for: asking again with it never does it twice. */
  readonly idempotencyKey: string | undefined;
  /** All that was said, such as `errors` of an input. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    members: Readonly<Record<string, unknown>>,
    retryAfterS?: number,
    idempotencyKey?: string,
  ) {
    super(typeof members.title === 'string' ? members.title : `HTTP ${status}`);
    this.status = status;
    this.code = codeOf(members.type);
    this.requestId = typeof members.requestId === 'string' ? members.requestId : undefined;
    this.retryAfterS = retryAfterS;
    this.idempotencyKey = idempotencyKey;
    this.members = members;
  }
}

/** `unknown`: whoever answered did not say, such as a proxy on the way. */
export type ProblemCode = KnownProblem | 'unknown' | (string & Record<never, never>);

function codeOf(type: unknown): ProblemCode {
  const code = typeof type === 'string' ? /^urn:frontdesk:problem:([a-z-]+)$/.exec(type)?.[1] : undefined;
  return code === undefined ? 'unknown' : code.replaceAll('-', '_');
}

/** Without the need of an input, it may be left out. */
type Arguments<Input, Options> =
  Record<never, never> extends Input ? [input?: Input, options?: Options] : [input: Input, options?: Options];

type Item<Value> = NonNullable<Value> extends readonly (infer Inner)[] ? Item<Inner> : NonNullable<Value>;

/** The names of `?fields=`: `user`, `user.name`. */
export type FieldPath<Data> = Data extends object
  ? {
      [Name in Exclude<keyof Data, '__typename'> & string]: Item<Data[Name]> extends object
        ? Name | `${Name}.${FieldPath<Item<Data[Name]>>}`
        : Name;
    }[Exclude<keyof Data, '__typename'> & string]
  : never;

/** An answer that has the named fields alone. */
export type Picked<Data, Path extends string> = Data extends readonly (infer Inner)[]
  ? readonly Picked<Inner, Path>[]
  : Data extends object
    ? {
        readonly [Name in keyof Data as Name extends '__typename' | Path | Head<Path>
          ? Name
          : never]: Name extends Path
          ? Data[Name]
          : Name extends '__typename'
            ? Data[Name]
            : Picked<Data[Name], Tail<Path, Name>>;
      }
    : Data;

type Head<Path extends string> = Path extends `${infer First}.${string}` ? First : never;
type Tail<Path extends string, Name> = Path extends `${infer First}.${infer Rest}`
  ? First extends Name
    ? Rest
    : never
  : never;
type Chosen<Data, Path extends string> = [Path] extends [never] ? Data : Picked<Data, Path>;

export interface ScreenOptions<Data, Path extends string = never> extends CallOptions {
  /** What is wanted of it; what nobody names is not fetched. Default: all of it. */
  readonly fields?: readonly Path[];
  /** An answer from before: it comes again, the very same, where nothing has changed. */
  readonly known?: Answer<Chosen<Data, Path>>;
}

export interface FlowOptions extends CallOptions {
  /** Names one thing to be done. Default: a new one; keep your own to ask again after a broken connection. */
  readonly idempotencyKey?: string;
}

/** An answer that is still coming, or a stream's latest. */
export interface State<Data> {
  readonly data: Data;
  readonly incomplete: readonly string[];
  /** The part that is new since the state before; `undefined`: all of it. */
  readonly changed: (keyof Data & string) | undefined;
}

export interface Screen<Input, Data> {
  <Path extends FieldPath<Data> = never>(
    ...args: Arguments<Input, ScreenOptions<Data, Path>>
  ): Promise<Answer<Chosen<Data, Path>>>;
  /** The same in pieces: a state as soon as the required parts are there, then one for each part that comes. */
  progressive(...args: Arguments<Input, CallOptions>): AsyncGenerator<State<Partial<Data>>, void, undefined>;
}

export type Flow<Input, Data> = (...args: Arguments<Input, FlowOptions>) => Promise<Answer<Data>>;

/** States until the stream is done. A connection that breaks is opened again, where it was. */
export type Live<Input, Data> = (
  ...args: Arguments<Input, CallOptions>
) => AsyncGenerator<State<Data>, void, undefined>;

interface Endpoint {
  /** Below the mount: `/orders/{id}`. */
  readonly path: string;
  /** Members of the input that are JSON where they stand in a query. */
  readonly json?: readonly string[];
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly accept: string;
  readonly fields?: Fields;
  readonly body?: string;
}

export function screen<Input extends object, Data>(
  client: ClientOptions,
  endpoint: Endpoint,
): Screen<Input, Data> {
  const get = (input: object, fields: readonly string[] = []) => {
    const { path, rest } = located(endpoint, input);
    return path + queryOf(endpoint, fields.length > 0 ? { ...rest, fields: fields.join(',') } : rest);
  };
  const ask = async (
    input: object = {},
    options: ScreenOptions<unknown, string> = {},
  ): Promise<Answer<unknown>> => {
    const { fields, known } = options;
    const tag: Fields = known?.etag === undefined ? {} : { 'if-none-match': known.etag };
    const request = { method: 'GET', target: get(input, fields), accept: JSON_TYPE, fields: tag } as const;
    const response = await sent(client, request, options);
    return known && response.status === 304 ? known : answerOf(response);
  };
  const progressive = async function* (input: object = {}, options: CallOptions = {}) {
    const request = { method: 'GET', target: get(input), accept: EVENTS_TYPE } as const;
    const response = await sent(client, request, options);
    let data: Readonly<Record<string, unknown>> = {};
    for await (const { type, value } of events(response)) {
      if (type === 'problem') throw new ProblemError(Number(value.status), value);
      if (type === 'screen') data = value;
      else if (type === 'part') data = { ...data, [String(value.part)]: value.value };
      const changed = type === 'part' ? String(value.part) : undefined;
      yield { data, incomplete: namesIn(value.incomplete), changed };
    }
  };
  // The endpoint answers with what the schema says of it.
  return Object.assign(ask, { progressive }) as unknown as Screen<Input, Data>;
}

export function flow<Input extends object, Data>(
  client: ClientOptions,
  endpoint: Endpoint,
): Flow<Input, Data> {
  const ask = async (input: object = {}, options: FlowOptions = {}): Promise<Answer<unknown>> => {
    const { path, rest } = located(endpoint, input);
    const key = options.idempotencyKey ?? newKey();
    const fields = { 'idempotency-key': `"${key}"`, 'content-type': JSON_TYPE };
    const request = {
      method: 'POST',
      target: path,
      accept: JSON_TYPE,
      fields,
      body: JSON.stringify(rest),
    } as const;
    return answerOf(await sent(client, request, options, key));
  };
  return ask as unknown as Flow<Input, Data>;
}

/** Connections that fail in a row before a stream is given up. */
const MAX_FAILURES = 5;

export function live<Input extends object, Data>(
  client: ClientOptions,
  endpoint: Endpoint,
): Live<Input, Data> {
  const ask = async function* (input: object = {}, options: CallOptions = {}) {
    const { path, rest } = located(endpoint, input);
    const target = path + queryOf(endpoint, rest);
    const last: { id: string; retryMs: number } = { id: '', retryMs: 2000 };
    let data: Readonly<Record<string, unknown>> = {};
    let incomplete: readonly string[] = [];
    for (let failures = 0; ; ) {
      try {
        const fields: Fields = last.id === '' ? {} : { 'last-event-id': last.id };
        const response = await sent(client, { method: 'GET', target, accept: EVENTS_TYPE, fields }, options);
        if (response.status === 204) return;
        for await (const { type, value } of events(response, last)) {
          failures = 0;
          if (type === 'problem') throw new ProblemError(Number(value.status), value);
          if (type === 'end' && value.reason === 'done') return;
          if (type === 'end') break;
          if (type === 'screen') data = value;
          if (type === 'incomplete') incomplete = namesIn(value.parts);
          else if (type !== 'screen') data = { ...data, [type]: value };
          yield { data, incomplete, changed: type === 'screen' || type === 'incomplete' ? undefined : type };
        }
      } catch (error) {
        const isLasting = error instanceof ProblemError && error.status < 500 && error.status !== 429;
        failures += 1;
        if (isLasting || failures > MAX_FAILURES || options.signal?.aborted) throw error;
      }
      await pause(last.retryMs * 2 ** Math.max(0, failures - 1), options.signal);
    }
  };
  return ask as unknown as Live<Input, Data>;
}

/** A GraphQL operation, with the types of what it takes and answers. */
export interface Document<Data, Variables extends object = Record<never, never>> {
  /** The SHA-256 of its text, by which it is registered. */
  readonly id: string;
  readonly source: string;
  /** Types alone: nothing is there. */
  readonly types?: (variables: Variables) => Data;
}

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly [name: string]: unknown };
}

export interface GraphqlAnswer<Data> {
  readonly data: Data | null;
  readonly errors: readonly GraphqlError[];
}

/** Asks for documents by their ids; their text is sent where the BFF does not know them and takes others. */
export function createGraphqlClient(client: ClientOptions) {
  const post = async (
    body: object,
    options: FlowOptions,
    key: string | undefined,
  ): Promise<GraphqlAnswer<unknown>> => {
    const fields: Fields = {
      'content-type': JSON_TYPE,
      ...(key === undefined ? {} : { 'idempotency-key': `"${key}"` }),
    };
    const request = {
      method: 'POST',
      target: '/graphql',
      accept: JSON_TYPE,
      fields,
      body: JSON.stringify(body),
    } as const;
    const response = await sent(client, request, options, key, true);
    const said: { readonly data?: unknown; readonly errors?: readonly GraphqlError[] } = JSON.parse(
      await response.text(),
    );
    return { data: said.data ?? null, errors: said.errors ?? [] };
  };
  return async <Data, Variables extends object>(
    document: Document<Data, Variables>,
    ...[variables, options = {}]: Arguments<Variables, FlowOptions>
  ): Promise<GraphqlAnswer<Data>> => {
    const key = /^\s*mutation\b/.test(document.source) ? (options.idempotencyKey ?? newKey()) : undefined;
    const known = { variables, extensions: { persistedQuery: { version: 1, sha256Hash: document.id } } };
    let answer = await post(known, options, key);
    const isUnknown = answer.errors.some(({ extensions }) =>
      /^PERSISTED_QUERY_NOT_/.test(extensions?.code ?? ''),
    );
    if (isUnknown) answer = await post({ ...known, query: document.source }, options, key);
    return answer as GraphqlAnswer<Data>;
  };
}

const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream';

/** Rejects with a `ProblemError` for whatever is no success. `isGraphql`: an answer with errors is an answer too. */
async function sent(
  { url, headers, credentials, fetch: send = globalThis.fetch }: ClientOptions,
  { method, target, accept, fields, body }: Request,
  options: CallOptions,
  idempotencyKey?: string,
  isGraphql = false,
): Promise<Response> {
  const own = typeof headers === 'function' ? await headers() : headers;
  const response = await send(url.replace(/\/$/, '') + target, {
    method,
    headers: { ...own, ...options.headers, accept, ...fields },
    ...(body === undefined ? {} : { body }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (response.ok || response.status === 304) return response;
  const type = response.headers.get('content-type') ?? '';
  if (isGraphql && !type.includes('problem') && type.includes('json')) return response;
  const text = await response.text();
  const members = type.includes('json') ? jsonOf(text) : {};
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new ProblemError(
    response.status,
    members,
    Number.isNaN(retryAfter) ? undefined : retryAfter,
    idempotencyKey,
  );
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

async function answerOf(response: Response): Promise<Answer<unknown>> {
  const { headers } = response;
  return {
    data: await response.json(),
    incomplete: (headers.get('frontdesk-incomplete') ?? '').split(', ').filter((name) => name !== ''),
    etag: headers.get('etag') ?? undefined,
    replayed: headers.get('idempotent-replayed') === 'true',
  };
}

/** The path with its members filled in, and the members that are left. */
function located(
  { path }: Endpoint,
  input: object,
): { readonly path: string; readonly rest: Readonly<Record<string, unknown>> } {
  const rest: Record<string, unknown> = { ...input };
  const filled = path.replace(/\{([^}]+)\}/g, (_all, name: string) => {
    const text = String(rest[name] ?? '');
    delete rest[name];
    if (text === '' || text === '.' || text === '..')
      throw new TypeError(`${name} can't stand in ${path}: "${text}"`);
    return encodeURIComponent(text);
  });
  return { path: filled, rest };
}

function queryOf({ json = [] }: Endpoint, members: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined || one === null) continue;
      query.append(name, json.includes(name) ? JSON.stringify(one) : String(one));
    }
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function newKey(): string {
  return globalThis.crypto.randomUUID();
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}

interface StreamEvent {
  readonly type: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Server-Sent Events whose data is JSON (HTML Living Standard §9.2). `last`: gets the last id, and when to come back. */
async function* events(
  response: Response,
  last: { id: string; retryMs: number } = { id: '', retryMs: 0 },
): AsyncGenerator<StreamEvent, void, undefined> {
  const reader = response.body?.getReader();
  if (!reader) throw new TypeError('this platform gives no stream of an answer');
  const decoder = new TextDecoder();
  let text = '';
  let event = { type: 'message', data: '' };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (event.data !== '') yield { type: event.type, value: JSON.parse(event.data) };
          event = { type: 'message', data: '' };
        }
        const [, name, written = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
        if (name === 'event') event.type = written;
        if (name === 'data') event.data += written;
        if (name === 'id') last.id = written;
        if (name === 'retry') last.retryMs = Number(written);
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

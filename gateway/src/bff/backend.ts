/**
 * What a BFF says of the backends it reads: which paths there are, what each answers, and which reads may be
 * asked for many at once. The types of `rest` follow from it, and so do the run-time checks: a path that is not
 * declared here is neither compiled nor sent.
 */
import type { z } from 'zod';
import { AnswerCheck, type HeldTo, type Validate } from './drift.ts';
import type { Duration } from './duration-text.ts';
import type { GrpcBackend, GrpcClient } from './grpc-backend.ts';
import { type PathTemplate, parsePathTemplate } from './path-template.ts';

declare const ANSWER: unique symbol;
declare const ASKED: unique symbol;

/**
 * A value whose type cannot be seen from where it is read: the sibling that a part uses without declaring it.
 * Members may be reached for and sent on; declare `uses` (or the endpoint's type) to have them checked.
 */
export interface Untyped {
  readonly [member: string]: Untyped;
}

/** How several reads of one path become one. */
export interface BatchRead {
  /** The path of the list, such as `/users`. */
  readonly path: string;
  /** The query parameter that takes the keys, joined by commas: `ids`. */
  readonly param: string;
  /** The member of each item that carries its key: `id`. */
  readonly key: string;
  /** The member of the answer that holds the items, where the answer itself is no array. */
  readonly items?: string;
}

/** What callers of an endpoint say, in place of what any call may: `{ query?: { limit?: number }; body: Order }`. */
export interface AskedTypes {
  readonly query?: object | undefined;
  readonly headers?: object | undefined;
  readonly body?: unknown;
}

/** One path of a backend that answers with JSON of type `Answer`. */
export interface Endpoint<Answer, Asked = unknown> {
  readonly kind: 'json';
  readonly batch: BatchRead | undefined;
  readonly validate?: Validate<unknown> | undefined;
  /** These hold types alone; there are no such members at run time. */
  readonly [ANSWER]?: Answer;
  readonly [ASKED]?: Asked;
}

export interface JsonOptions {
  /**
   * Reads of one path template in the same turn of the event loop become one read of the list; the template must have
   * exactly one parameter. Default: each is read by itself.
   */
  readonly batch?: BatchRead;
}

/**
 * An endpoint that answers with JSON. Its type is stated, `json<User>()`, or follows from a schema that answers are held
 * to: `json(z.object({ … }))`. An answer that does not fit is `upstream_invalid`.
 */
export function json<Schema extends z.ZodType>(
  schema: Schema,
  options?: JsonOptions & Omit<HeldTo<unknown>, 'schema'>,
): Endpoint<z.output<Schema>, Record<never, never>>;
export function json<Answer, Asked extends AskedTypes = Record<never, never>>(
  options?: JsonOptions & {
    /** What answers are held to. Default: they are taken as they come. */
    readonly validate?: Validate<Answer>;
  },
): Endpoint<Answer, Asked>;
export function json(
  first: z.ZodType | (JsonOptions & { readonly validate?: Validate<unknown> }) = {},
  options: JsonOptions & Omit<HeldTo<unknown>, 'schema'> = {},
): Endpoint<unknown> {
  if (!('safeParse' in first)) return { kind: 'json', batch: first.batch, validate: first.validate };
  const { batch, ...how } = options;
  return { kind: 'json', batch, validate: { schema: first, ...how } };
}

/** An endpoint that answers with server-sent events, each the JSON of a `Message`. */
export interface EventEndpoint<Message> {
  readonly kind: 'events';
  readonly [ANSWER]?: Message;
}

/** An endpoint that answers with an event stream (`text/event-stream`): stands under `stream` of a backend. */
export function events<Message>(): EventEndpoint<Message> {
  return { kind: 'events' };
}

/** Event streams by path template. */
export type EventEndpoints = Readonly<Record<string, EventEndpoint<unknown>>>;

/** Endpoints by path template: `/users/{id}`. */
export type Endpoints = Readonly<Record<string, Endpoint<unknown>>>;
export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];
/** A REST backend by method and path. */
export type RestBackend = { readonly [M in Method]?: Endpoints } & { readonly stream?: EventEndpoints };
/** Backends by their names under `upstreams` in the configuration. */
export type Backends = Readonly<Record<string, RestBackend | GrpcBackend>>;

/** A value of a query parameter; absent ones are left out, a list repeats its name. */
export type QueryValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly (string | number)[]
  | Untyped;

export interface ReadOptions {
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Further request fields. Credentials, identity and forwarding fields are the gateway's own matter. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WriteOptions extends ReadOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Says that sending it twice does no more than once, so that it may be retried (RFC 9110 §9.2.2). */
  readonly idempotent?: boolean;
}

export interface StreamReadOptions extends ReadOptions {
  /** Only events of these types. Default: all. */
  readonly types?: readonly string[];
  /** The longest silence, comments counted as a word, before the stream counts as broken. Default: 60s. */
  readonly idle?: Duration;
}

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Parameters<Rest>
  : never;
type Interpolated<Path extends string> = Path extends `${infer Head}{${string}}${infer Tail}`
  ? `${Head}${string}${Interpolated<Tail>}`
  : Path;
type PathOf<E> = (keyof E & string) | Interpolated<keyof E & string>;
type AnswerOf<E> = E extends Endpoint<infer Answer> ? Answer : never;
type AskedOf<E> = E extends Endpoint<unknown, infer Asked> ? Asked : never;
/** The template that a path is of, segment by segment; of several that fit, all. */
type TemplateOf<E, Path extends string> = Path extends keyof E
  ? Path
  : { [K in keyof E & string]: Fits<Path, K> extends true ? K : never }[keyof E & string];
type Fits<Path extends string, Template extends string> = Template extends `${infer Segment}/${infer Others}`
  ? Path extends `${infer Own}/${infer Rest}`
    ? FitsSegment<Own, Segment> extends true
      ? Fits<Rest, Others>
      : false
    : false
  : Path extends `${string}/${string}`
    ? false
    : FitsSegment<Path, Template>;
type FitsSegment<Own extends string, Segment extends string> = Segment extends `{${string}}`
  ? true
  : Own extends Segment
    ? true
    : false;

/** What a call may say, narrowed to what its endpoint asks. */
type OptionsOf<Asked, Options> = Omit<Options, keyof Asked> & Asked;

type CallArguments<Path extends string, Options> = [Parameters<Path>] extends [never]
  ? Record<never, never> extends Options
    ? [options?: Options]
    : [options: Options]
  : [options: Options & { readonly path: Readonly<Record<Parameters<Path>, string | number>> }];

/**
 * Calls one method of a backend: `get('/users/{id}', { path: { id } })`, which encodes the value, or
 * ``get(`/users/${id}`)`` for a value that is known to be one plain segment. Rejects with a `FrontdeskError`:
 * a `BackendStatusError` where the backend answered, but not with a success.
 */
type Call<E, Options> = <Path extends PathOf<E>>(
  path: [TemplateOf<E, Path>] extends [never] ? `no path of this backend fits ${Path}` : Path,
  ...options: [TemplateOf<E, Path>] extends [never]
    ? [options?: Options]
    : CallArguments<Path, OptionsOf<AskedOf<E[TemplateOf<E, Path> & keyof E]>, Options>>
) => Promise<AnswerOf<E[TemplateOf<E, Path> & keyof E]>>;

type MessageAt<E, Path extends string> = Path extends keyof E
  ? E[Path] extends EventEndpoint<infer Message>
    ? Message
    : never
  : {
      [K in keyof E & string]: Path extends Interpolated<K>
        ? E[K] extends EventEndpoint<infer Message>
          ? Message
          : never
        : never;
    }[keyof E & string];

/** Reads an event stream by `for await`; leaving the loop ends it. Throws a `FrontdeskError` where it breaks. */
type StreamCall<E> = <Path extends PathOf<E>>(
  path: Path,
  ...options: CallArguments<Path, StreamReadOptions>
) => AsyncIterable<MessageAt<E, Path>>;

export type RestClient<B extends RestBackend> = {
  readonly [M in keyof B & Method]: Call<B[M], M extends 'get' ? ReadOptions : WriteOptions>;
} & {
  readonly [S in keyof B & 'stream']: StreamCall<B[S]>;
};
export type RestClients<B extends Backends> = {
  readonly [Name in keyof B as B[Name] extends GrpcBackend ? never : Name]: B[Name] extends RestBackend
    ? RestClient<B[Name]>
    : never;
};
export type GrpcClients<B extends Backends> = {
  readonly [Name in keyof B as B[Name] extends GrpcBackend ? Name : never]: GrpcClient<B[Name]>;
};

declare const OPERATION: unique symbol;

/** A GraphQL operation on the federated graph with the types of its answer and variables. */
export interface GraphDocument<Data, Variables> {
  readonly source: string;
  readonly [OPERATION]?: (variables: Variables) => Data;
}

/** States an operation: `document<{ user: … }, { id: string }>('query User($id: ID!) { … }')`. */
export function document<Data, Variables extends object = Record<never, never>>(
  source: string,
): GraphDocument<Data, Variables> {
  return { source };
}

/** One endpoint as the clients call it. */
export interface CompiledEndpoint {
  readonly method: Method;
  readonly template: PathTemplate;
  readonly batch: BatchRead | undefined;
  /** What its answers are held to. */
  readonly check: AnswerCheck | undefined;
}

/** One event stream as the clients open it. */
export interface CompiledStream {
  readonly template: PathTemplate;
}

/** The event streams of a backend, fewest parameters first. Throws a `TypeError` on a path that is no template. */
export function compileStreams(name: string, backend: RestBackend): readonly CompiledStream[] {
  const compiled = Object.keys(backend.stream ?? {}).map((path) => {
    const template = parsePathTemplate(path);
    if (!template) throw new TypeError(`backend ${name}: "${path}" is no path template`);
    return { template };
  });
  return compiled.sort((a, b) => a.template.names.length - b.template.names.length);
}

/** The endpoints of a backend, longest literal match first where an interpolated path fits two. */
export function compileBackend(name: string, backend: RestBackend): readonly CompiledEndpoint[] {
  const compiled: CompiledEndpoint[] = [];
  for (const method of METHODS) {
    for (const [path, endpoint] of Object.entries(backend[method] ?? {})) {
      const template = parsePathTemplate(path);
      if (!template) throw new TypeError(`backend ${name}: "${path}" is no path template`);
      if (endpoint.batch && (method !== 'get' || template.names.length !== 1)) {
        throw new TypeError(`backend ${name}: ${path} must be a get of exactly one parameter to be batched`);
      }
      const { batch, validate } = endpoint;
      const place = { upstream: name, endpoint: `${method.toUpperCase()} ${path}` };
      compiled.push({ method, template, batch, check: validate && new AnswerCheck(place, validate) });
    }
  }
  return compiled.sort((a, b) => a.template.names.length - b.template.names.length);
}

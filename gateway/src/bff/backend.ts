/**
 * What a BFF says of the backends it reads: which paths there are, what each answers, and which reads may be
 * asked for many at once. The types of `rest` follow from it, and so do the run-time checks: a path that is not
 * declared here is neither compiled nor sent.
 */
import type { GrpcBackend, GrpcClient } from './grpc-backend.ts';
import { type PathTemplate, parsePathTemplate } from './path-template.ts';

declare const ANSWER: unique symbol;

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

/** One path of a backend that answers with JSON of type `Answer`. */
export interface Endpoint<Answer> {
  readonly kind: 'json';
  readonly batch: BatchRead | undefined;
  /** Holds the type alone; there is no such member at run time. */
  readonly [ANSWER]?: Answer;
}

/**
 * An endpoint that answers with JSON.
 * With `batch`, reads of one path template in the same turn of the event loop become one read of the list; the
 * template must have exactly one parameter.
 */
export function json<Answer>(options: { readonly batch?: BatchRead } = {}): Endpoint<Answer> {
  return { kind: 'json', batch: options.batch };
}

/** Endpoints by path template: `/users/{id}`. */
export type Endpoints = Readonly<Record<string, Endpoint<unknown>>>;
export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];
/** A REST backend by method and path. */
export type RestBackend = { readonly [M in Method]?: Endpoints };
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

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Parameters<Rest>
  : never;
type Interpolated<Path extends string> = Path extends `${infer Head}{${string}}${infer Tail}`
  ? `${Head}${string}${Interpolated<Tail>}`
  : Path;
type PathOf<E> = (keyof E & string) | Interpolated<keyof E & string>;
type AnswerOf<E> = E extends Endpoint<infer Answer> ? Answer : never;
type AnswerAt<E, Path extends string> = Path extends keyof E
  ? AnswerOf<E[Path]>
  : { [K in keyof E & string]: Path extends Interpolated<K> ? AnswerOf<E[K]> : never }[keyof E & string];

type CallArguments<Path extends string, Options> = [Parameters<Path>] extends [never]
  ? [options?: Options]
  : [options: Options & { readonly path: Readonly<Record<Parameters<Path>, string | number>> }];

/**
 * Calls one method of a backend: `get('/users/{id}', { path: { id } })`, which encodes the value, or
 * ``get(`/users/${id}`)`` for a value that is known to be one plain segment. Rejects with a `FrontdeskError`:
 * a `BackendStatusError` where the backend answered, but not with a success.
 */
type Call<E, Options> = <Path extends PathOf<E>>(
  path: Path,
  ...options: CallArguments<Path, Options>
) => Promise<AnswerAt<E, Path>>;

export type RestClient<B extends RestBackend> = {
  readonly [M in keyof B & Method]: Call<B[M], M extends 'get' ? ReadOptions : WriteOptions>;
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
      compiled.push({ method, template, batch: endpoint.batch });
    }
  }
  return compiled.sort((a, b) => a.template.names.length - b.template.names.length);
}

/**
 * A part: one piece of a screen, where it comes from and what becomes of the screen without it.
 */
import { parseDuration } from '../../core/duration.ts';
import type { Identity } from '../../core/identity.ts';
import { PRIORITIES, type Priority, type PriorityName } from '../../core/priority.ts';
import type { Backends, GraphDocument, GrpcClients, RestClients, Untyped } from '../backend.ts';
import { AnswerCheck, type Validate } from '../drift.ts';
import type { Duration } from '../duration-text.ts';
import type { Fixed } from '../fixed.ts';
import type { InputSchema } from '../input.ts';
import { isLastGood, type LastGoodFallback } from './fallback.ts';
import { type PartCache, type PartCacheOptions, partCache } from './part-cache.ts';

declare const TYPES: unique symbol;

/** A part as the engine sees it; the type parameters are for the compiler alone. */
export interface Part<Raw = unknown, Shaped = unknown, Uses = unknown, Given = unknown, Shown = unknown> {
  readonly kind: 'part';
  readonly required: boolean;
  /** Boxed, because `undefined` and `null` are values. */
  readonly fallback: { readonly value: unknown } | undefined;
  /** How old a value of its own may be that stands in before the fallback does. */
  readonly lastGoodMs?: number | undefined;
  /** `undefined`: asked anew for each request. */
  readonly cache?: PartCache | undefined;
  /** Whether its value is one for all callers: it knows nothing of who asks. */
  readonly shared?: boolean | undefined;
  /** What its raw value is held to. */
  readonly check?: AnswerCheck | undefined;
  /** Of its calls; `undefined`: the screen's. */
  readonly priority?: Priority | undefined;
  readonly timeoutMs: number | undefined;
  readonly scopes: readonly string[];
  /** The parts it declared to use, by name; `undefined` where it declared nothing and may use any. */
  readonly uses: Readonly<Record<string, Part>> | undefined;
  /** The input that its function reads; `undefined` where it reads none and fits any screen. */
  readonly given?: InputSchema | undefined;
  resolve(context: ErasedPartContext): unknown;
  shape(raw: unknown): unknown;
  readonly [TYPES]?: {
    readonly raw: Raw;
    readonly shaped: Shaped;
    readonly uses: Uses;
    readonly given: Given;
    readonly shown: Shown;
  };
}

/** What a part's function is given. Nothing else leads to the backends. */
export interface PartContext<B extends Backends, Uses, Given = Record<never, never>> {
  /** The REST backends by their names under `upstreams`. */
  readonly rest: RestClients<B>;
  /** The gRPC backends by their names under `upstreams`. */
  readonly grpc: GrpcClients<B>;
  /**
   * Runs an operation on the federated graph, in the process. Where a part of its answer failed, the rest is the
   * answer and this part counts as incomplete; where there is no data, it rejects.
   */
  graph<Data, Variables extends object>(
    document: GraphDocument<Data, Variables>,
    ...variables: Record<never, never> extends Variables ? [variables?: Variables] : [variables: Variables]
  ): Promise<Data>;
  /**
   * The value of another part of the screen as its function gave it, before `shape`. It starts that part where
   * nobody has, and rejects when it fails. The time spent waiting here is not held against `timeout`.
   */
  use<Name extends keyof Uses & string>(name: Name): Promise<Uses[Name]>;
  /** Who asks. Throws `unauthenticated` where nobody proved who they are. */
  readonly identity: Identity;
  /** What the caller said, checked against the screen's input. */
  readonly input: Given;
}

/** `PartContext` without its types. */
export interface ErasedPartContext {
  readonly rest: object;
  readonly grpc: object;
  graph(document: GraphDocument<unknown, object>, variables?: object): Promise<unknown>;
  use(name: string): Promise<unknown>;
  readonly identity: Identity;
  readonly input: unknown;
}

export interface PartOptions<
  Raw,
  Shaped,
  Used,
  Scope extends string = string,
  Required extends boolean = boolean,
  Stand = unknown,
> {
  /** Without it the screen is of no use: its failure is the screen's failure. Default: false. */
  readonly required?: Required;
  /**
   * What stands in for an optional part that failed: a value, or `lastGood('10m')`, the last one that the same caller was
   * given. Default: null.
   */
  readonly fallback?: (NoInfer<Shaped> | LastGoodFallback<NoInfer<Shaped> | null>) & Stand;
  /** Keeps its raw value: `{ for: '30s' }`. Default: it is asked for anew each time. */
  readonly cache?: PartCacheOptions;
  /** What its raw value is held to. An answer that does not fit fails this part alone, by name. Default: anything. */
  readonly validate?: Validate<Raw>;
  /** How much its calls matter where a backend has not room for all. Default: the screen's. */
  readonly priority?: PriorityName;
  /** The longest this part may take, within the screen's deadline. Default: the screen's deadline. */
  readonly timeout?: Duration;
  /** Scopes a caller must have to see this part, besides the screen's. */
  readonly scopes?: readonly Scope[];
  /** The parts that it uses, by name: `{ user }`. They type `use`; without it `use` takes any name and is untyped. */
  readonly uses?: Used;
  /**
   * Makes what the client sees of what the backend said. Must be quick and pure. (Written as a method, so that a
   * named function may stand here: it is compared before the type of `Raw` is known.)
   */
  shape?(raw: Raw): Shaped;
}

export type RawOf<P> = P extends Part<infer Raw, unknown, unknown> ? Raw : never;
export type ShapedOf<P> = P extends Part<unknown, infer Shaped, unknown> ? Shaped : never;
export type UsesOf<P> = P extends Part<unknown, unknown, infer Uses> ? Uses : never;
/** The input that a part is told; `unknown` for any. */
export type GivenOf<P> = P extends Part<unknown, unknown, unknown, infer Given> ? Given : never;
/** What the screen shows of a part, its fallback included. */
export type ShownOf<P> = P extends Part<unknown, unknown, unknown, unknown, infer Shown> ? Shown : never;

/** What an optional part shows that may fail. */
type Shown<Shaped, Required, Stand> = Required extends true
  ? Shaped
  : null extends Stand
    ? Shaped | null
    : Stand extends LastGoodFallback<infer Otherwise>
      ? Shaped | Extract<Otherwise, null>
      : Shaped;

type RawOfEach<Used> = { readonly [Name in keyof Used]: RawOf<Used[Name]> };

/** Parts by name, as `uses` takes them. */
export type UsedParts = Readonly<Record<string, Part>>;
/** What `uses` stands for where it was left out. */
export type AnyParts = Readonly<Record<string, Part<Untyped>>>;

/** `part` for BFFs that read the backends `B`, in screens that are told `Given`. */
export type PartMaker<B extends Backends, Given = Record<never, never>, Scope extends string = string> = <
  Raw,
  Shaped = Raw,
  Used extends UsedParts = AnyParts,
  const Required extends boolean = boolean,
  Stand = unknown,
>(
  resolve: (context: PartContext<B, RawOfEach<Used>, Given>) => Promise<Raw> | Raw,
  options?: PartOptions<NoInfer<Raw>, Shaped, Used, Scope, Required, Stand>,
) => Part<
  Fixed<Raw>,
  Fixed<Shaped>,
  RawOfEach<Fixed<Used>>,
  Given,
  Shown<Fixed<Shaped>, Fixed<Required>, Fixed<Stand>>
>;

/** Makes `part` for the backends `B`. `input`: what its screens are told. */
export function partMaker<B extends Backends, Given = Record<never, never>, Scope extends string = string>(
  input?: InputSchema,
): PartMaker<B, Given, Scope> {
  return (resolve, options = {}) => {
    const { required = false, timeout, shape, priority, validate } = options;
    const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout);
    if (timeout !== undefined && !(timeoutMs !== undefined && timeoutMs > 0)) {
      throw new TypeError(`timeout: expected a duration such as 300ms, not "${timeout}"`);
    }
    if (required && Object.hasOwn(options, 'fallback')) {
      throw new TypeError('a required part has no fallback: without it there is no screen');
    }
    if (priority !== undefined && !Object.hasOwn(PRIORITIES, priority)) {
      throw new TypeError(`priority: expected high, normal or low, not "${priority}"`);
    }
    const { fallback } = options;
    const last = isLastGood(fallback) ? fallback : undefined;
    const cache = options.cache && partCache(options.cache);
    return {
      kind: 'part',
      required,
      fallback: Object.hasOwn(options, 'fallback') ? { value: last ? last.otherwise : fallback } : undefined,
      lastGoodMs: last?.forMs,
      cache,
      shared: cache?.shared === true || last?.shared === true,
      check: validate && new AnswerCheck({ upstream: '', endpoint: 'part' }, validate),
      priority: priority && PRIORITIES[priority],
      timeoutMs,
      scopes: options.scopes ?? [],
      uses: options.uses,
      given: input,
      resolve,
      shape: shape ?? same,
    };
  };
}

function same<Value>(value: Value): Value {
  return value;
}

/**
 * A step: one piece of a flow, what it does and how that is taken back. A step that changes anything has an `undo`, or is
 * optional and stands behind the last required one.
 */
import { parseDuration } from '../../core/duration.ts';
import type { Identity } from '../../core/identity.ts';
import type { Backends, GraphDocument, GrpcClients, RestClients } from '../backend.ts';
import type { Duration } from '../duration-text.ts';
import type { Fixed } from '../fixed.ts';
import type { InputSchema } from '../input.ts';

declare const TYPES: unique symbol;

/** Longest time of one undo where the step says nothing, milliseconds. */
const DEFAULT_UNDO_MS = 5000;
const MAX_RETRIES = 10;

/** A step as the engine sees it; the type parameters are for the compiler alone. */
export interface Step<Raw = unknown, Uses = unknown, Optional extends boolean = boolean, Given = unknown> {
  readonly kind: 'step';
  readonly optional: boolean;
  /** Whether running it again with the same key does no more than running it once, and gives the same value. */
  readonly repeatable: boolean;
  /** Further tries of `run`. */
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  readonly undoTimeoutMs: number;
  readonly scopes: readonly string[];
  /** The steps of earlier stages that it uses, by name. */
  readonly uses: Readonly<Record<string, Step>>;
  /** The input that its functions read; `undefined` where they read none and fit any flow. */
  readonly given: InputSchema | undefined;
  run(context: ErasedStepContext): unknown;
  undo?(context: ErasedUndoContext): unknown;
  readonly [TYPES]?: {
    readonly raw: Raw;
    readonly uses: Uses;
    readonly optional: Optional;
    readonly given: Given;
  };
}

/** What a step's functions are given. Nothing else leads to the backends. */
export interface StepContext<B extends Backends, Uses, Given = Record<never, never>> {
  /** The REST backends by their names under `upstreams`. */
  readonly rest: RestClients<B>;
  /** The gRPC backends by their names under `upstreams`. */
  readonly grpc: GrpcClients<B>;
  /** Runs an operation on the federated graph, in the process. Rejects where any part of it failed. */
  graph<Data, Variables extends object>(
    document: GraphDocument<Data, Variables>,
    ...variables: Record<never, never> extends Variables ? [variables?: Variables] : [variables: Variables]
  ): Promise<Data>;
  /** The value of a step of an earlier stage, as JSON holds it; `undefined` for an optional one that failed. */
  use<Name extends keyof Uses & string>(name: Name): Uses[Name];
  /** Who asks: after a crash as the journal kept it, without a token's claims. Throws `unauthenticated` where nobody proved who they are. */
  readonly identity: Identity;
  /** What the caller said, checked against the flow's input. */
  readonly input: Given;
  /**
   * The same text whenever this step runs for this flow run, also after a crash: send it to the backend as the key by which
   * it knows a repeated request.
   */
  readonly key: string;
}

export interface UndoContext<B extends Backends, Raw, Uses, Given = Record<never, never>>
  extends StepContext<B, Uses, Given> {
  /**
   * What `run` gave. `undefined` where it is not known whether it happened: then go by `key`. Of a repeatable step
   * `undefined` says that its backend refused it, so that there is nothing to undo.
   */
  readonly value: Raw | undefined;
}

/** `StepContext` without its types. */
export interface ErasedStepContext {
  readonly rest: object;
  readonly grpc: object;
  graph(document: GraphDocument<unknown, object>, variables?: object): Promise<unknown>;
  use(name: string): unknown;
  readonly identity: Identity;
  readonly input: unknown;
  readonly key: string;
}

export interface ErasedUndoContext extends ErasedStepContext {
  readonly value: unknown;
}

export interface StepOptions<
  B extends Backends,
  Raw,
  Used,
  Given,
  Optional extends boolean,
  Scope extends string = string,
> {
  /**
   * Takes back what `run` did, also what it may have done unseen. It may be called several times, and before a late
   * request of `run` reaches the backend: so that it must close `key` there, not only look for what there is.
   */
  undo?(context: UndoContext<B, Raw, RawOfEach<Used>, Given>): unknown;
  /** The steps of earlier stages that it uses, by name: `{ rider }`. */
  readonly uses?: Used;
  /** The longest that `run` may take, its further tries included. Default: what is left of the flow's deadline. */
  readonly timeout?: Duration;
  /** The longest that one try of `undo` may take, apart from the flow's deadline. Default: 5s. */
  readonly undoTimeout?: Duration;
  /** Further tries of `run` after failures that may pass. Repeatable steps alone have them. Default: 0. */
  readonly retry?: number;
  /** Whether the flow can be without it; such a step has no `undo`. Default: false. */
  readonly optional?: Optional;
  /**
   * Whether `run` may be called again with the same `key`, and gives then what it gave before. Where it is not known how it
   * ended, it is called again to learn its value, which `undo` gets. Default: false.
   */
  readonly repeatable?: boolean;
  /** Scopes a caller must have for it, besides the flow's. An optional step of a caller without them is left out. */
  readonly scopes?: readonly Scope[];
}

export type RawOfStep<S> = S extends Step<infer Raw, unknown, boolean> ? Raw : never;
export type UsesOfStep<S> = S extends Step<unknown, infer Uses, boolean> ? Uses : never;
/** The input that a step is told; `unknown` for any. */
export type GivenOfStep<S> = S extends Step<unknown, unknown, boolean, infer Given> ? Given : never;
/** What others see of a step: of an optional one there may be nothing. */
export type ValueOfStep<S> =
  S extends Step<infer Raw, unknown, infer Optional>
    ? Optional extends false
      ? Raw
      : Raw | undefined
    : never;
export type RawOfEach<Used> = { readonly [Name in keyof Used]: ValueOfStep<Used[Name]> };
/** Steps by name, as `uses` takes them. */
export type UsedSteps = Readonly<Record<string, Step>>;

/** `step` for BFFs that call the backends `B`, in flows that are told `Given`. */
export type StepMaker<B extends Backends, Given = Record<never, never>, Scope extends string = string> = <
  Raw,
  Used extends UsedSteps = Record<never, never>,
  Optional extends boolean = false,
>(
  run: (context: StepContext<B, RawOfEach<Used>, Given>) => Promise<Raw> | Raw,
  options?: StepOptions<B, NoInfer<Raw>, Used, Given, Optional, Scope>,
) => Step<Fixed<Raw>, RawOfEach<Fixed<Used>>, Fixed<Optional>, Given>;

/** Makes `step` for the backends `B`. `given`: what its flows are told. It throws a `TypeError` that names what is wrong. */
export function stepMaker<B extends Backends, Given = Record<never, never>, Scope extends string = string>(
  given?: InputSchema,
): StepMaker<B, Given, Scope> {
  return (run, options = {}) => {
    const { repeatable = false, retry: retries = 0, scopes = [], undo } = options;
    if (undo && options.optional === true) {
      throw new TypeError(
        'an optional step has no undo: nothing is taken back once the required steps are done',
      );
    }
    if (!Number.isInteger(retries) || retries < 0 || retries > MAX_RETRIES) {
      throw new TypeError(`retry: expected a whole number up to ${MAX_RETRIES}, not ${retries}`);
    }
    if (retries > 0 && !repeatable) {
      throw new TypeError('retry: only a repeatable step is tried again');
    }
    return {
      kind: 'step',
      optional: options.optional === true,
      repeatable,
      retries,
      timeoutMs: limitOf('timeout', options.timeout),
      undoTimeoutMs: limitOf('undoTimeout', options.undoTimeout) ?? DEFAULT_UNDO_MS,
      scopes,
      uses: options.uses ?? {},
      given,
      run,
      ...(undo ? { undo } : {}),
    };
  };
}

function limitOf(name: string, text: Duration | undefined): number | undefined {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && !(ms !== undefined && ms > 0)) {
    throw new TypeError(`${name}: expected a duration such as 300ms, not "${text}"`);
  }
  return ms;
}

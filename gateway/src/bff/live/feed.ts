/**
 * A feed: where the new values of one part of a live stream come from. It is a stream of a backend (server-sent events,
 * gRPC, a GraphQL subscription), or any async iterable of a team's own making.
 */
import type { Identity } from '../../core/identity.ts';
import type { Backends, GraphDocument, GrpcClients, RestClients, Untyped } from '../backend.ts';
import type { Fixed } from '../fixed.ts';
import type { InputSchema } from '../input.ts';
import type { RawOf, UsedParts } from '../screen/part.ts';

declare const TYPES: unique symbol;

/** A feed as the engine sees it. */
export interface Feed<Raw = unknown, Shaped = unknown, Given = unknown> {
  readonly kind: 'feed';
  readonly required: boolean;
  readonly scopes: readonly string[];
  /** The parts of the screen that it declared to use; `undefined` where it may use any. */
  readonly uses: UsedParts | undefined;
  /** The input that its function reads; `undefined` where it reads none. */
  readonly given: InputSchema | undefined;
  open(context: ErasedFeedContext): unknown;
  /** `before`: the part's value so far, null where there is none. */
  shape(raw: unknown, before: unknown): unknown;
  readonly [TYPES]?: { readonly raw: Raw; readonly shaped: Shaped; readonly given: Given };
}

type Variables<V extends object> = Record<never, never> extends V ? [variables?: V] : [variables: V];

/** The federated graph, as a feed reaches it: in the process. */
export interface GraphDoor {
  <Data, V extends object>(document: GraphDocument<Data, V>, ...variables: Variables<V>): Promise<Data>;
  /**
   * Each event of a subscription. An event without data ends it with its first error; one with data and errors is an
   * event. Leaving the loop ends the subscription.
   */
  subscribe<Data, V extends object>(
    document: GraphDocument<Data, V>,
    ...variables: Variables<V>
  ): AsyncIterable<Data>;
}

/** What a feed's function is given. Nothing else leads to the backends. */
export interface FeedContext<B extends Backends, Uses, Given> {
  /** The REST backends by their names under `upstreams`; event streams are `rest.live.stream('/events')`. */
  readonly rest: RestClients<B>;
  /** The gRPC backends by their names under `upstreams`. */
  readonly grpc: GrpcClients<B>;
  readonly graph: GraphDoor;
  /** The value of a part of the screen as its function gave it, before `shape`. Rejects where that failed. */
  use<Name extends keyof Uses & string>(name: Name): Promise<Uses[Name]>;
  /** Who asks. Throws `unauthenticated` where nobody proved who they are. */
  readonly identity: Identity;
  /** What the caller said, checked. */
  readonly input: Given;
  /** Aborted when nobody follows any more. The doors above hear of it; a source of your own making should. */
  readonly signal: AbortSignal;
}

/** `FeedContext` without its types. */
export interface ErasedFeedContext {
  readonly rest: object;
  readonly grpc: object;
  readonly graph: ErasedGraphDoor;
  use(name: string): Promise<unknown>;
  readonly identity: Identity;
  readonly input: unknown;
  readonly signal: AbortSignal;
}

export interface ErasedGraphDoor {
  (document: GraphDocument<unknown, object>, variables?: object): Promise<unknown>;
  subscribe(document: GraphDocument<unknown, object>, variables?: object): AsyncIterable<unknown>;
}

type RawOfEach<Used> = { readonly [Name in keyof Used]: RawOf<Used[Name]> };

export interface FeedOptions<Raw, Shaped, Used, Scope extends string = string> {
  /**
   * Without it the stream is of no use: where it breaks, the whole stream ends. One that is not required is named in
   * `incomplete` while it is away, and opened again. Default: false.
   */
  readonly required?: boolean;
  /** Scopes a caller must have to follow this part, besides the stream's. */
  readonly scopes?: readonly Scope[];
  /** The parts of the screen that it uses, by name: `{ trip }`. They type `use`. */
  readonly uses?: Used;
  /**
   * Makes the part's new value of what the backend said; `before` is the value so far, for backends that tell of
   * changes alone. `undefined`: nothing changed. Must be quick and pure. Default: the message itself.
   */
  shape?(raw: Raw, before: NoInfer<Shaped> | null): Shaped | undefined;
}

type AnyUses = Readonly<Record<string, Untyped>>;

/** `feed` for BFFs that read the backends `B`, in streams that are told `Given`. */
export type FeedMaker<B extends Backends, Given = Record<never, never>, Scope extends string = string> = <
  Raw,
  Shaped = Raw,
  Used extends UsedParts | undefined = undefined,
>(
  open: (
    context: FeedContext<B, Used extends UsedParts ? RawOfEach<Used> : AnyUses, Given>,
  ) => AsyncIterable<Raw> | Promise<AsyncIterable<Raw>>,
  options?: FeedOptions<NoInfer<Raw>, Shaped, Used, Scope>,
) => Feed<Raw, Fixed<Shaped>, Given>;

/** Makes `feed` for the backends `B`. `input`: what its streams are told. */
export function feedMaker<B extends Backends, Given = Record<never, never>, Scope extends string = string>(
  input?: InputSchema,
): FeedMaker<B, Given, Scope> {
  return (open, options = {}) => ({
    kind: 'feed',
    required: options.required ?? false,
    scopes: options.scopes ?? [],
    uses: options.uses,
    given: input,
    open,
    shape: options.shape ?? ((raw) => raw),
  });
}

/**
 * The query plan, in the one form that the executor knows. Planners differ in what they print; each has a
 * converter beside this file (`plan-hive.ts`, `plan-apollo.ts`).
 */

/** One step on the way from the root of the answer to the places that a fetch fills; lists are passed through. */
export type PathSegment =
  | { readonly kind: 'field'; readonly name: string }
  /** Goes on only in objects of these types (names of object types or of abstract types that hold them). */
  | { readonly kind: 'type'; readonly types: readonly string[] };

export type PlanPath = readonly PathSegment[];

/** What of an entity its representation carries. */
export type RequiredSelection =
  | {
      readonly kind: 'field';
      /** The key to read in the data. */
      readonly name: string;
      /** The key to send. */
      readonly as: string;
      readonly selections: readonly RequiredSelection[];
    }
  | { readonly kind: 'fragment'; readonly type: string; readonly selections: readonly RequiredSelection[] };

/** One step in a rewrite's path: a key, or a condition on the type of the object that stands there. */
export type RewriteSegment =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'type'; readonly types: readonly string[] };

/** Changes a representation before it is sent: sets a value (the `__typename` of an interface object). */
export interface InputRewrite {
  readonly path: readonly RewriteSegment[];
  readonly value: string;
}

/** Changes a reply before it is merged: gives a key that the planner had aliased its client's name. */
export interface OutputRewrite {
  readonly path: readonly RewriteSegment[];
  readonly renameTo: string;
}

interface Request {
  /** What deferred parts call it by; only where one waits for it. */
  readonly id?: string;
  readonly subgraph: string;
  readonly operationKind: 'query' | 'mutation' | 'subscription';
  /** The document to send. */
  readonly operation: string;
  readonly operationName: string | undefined;
  /** Names of the client's variables that the document uses. */
  readonly variables: readonly string[];
}

/** A fetch of root fields. Its reply is merged at the root, or at `path` where a field leads back to the root type. */
export interface FetchNode extends Request {
  readonly kind: 'fetch';
  readonly path: PlanPath;
  readonly outputRewrites: readonly OutputRewrite[];
}

/** Where a `@fromContext` argument takes its value from: up from the entity, then down to a field of an ancestor. */
export interface ContextArgument {
  /** The variable of the fetch's document that takes it. */
  readonly variable: string;
  /** How many fields up; lists are no step of their own. */
  readonly up: number;
  readonly path: readonly RewriteSegment[];
}

/** One list of entities within a fetch: which to ask for, and where the answers go. */
export interface EntityBatch {
  /** The response key of its `_entities` field. */
  readonly alias: string;
  /** The variable that takes the representations. */
  readonly variable: string;
  readonly paths: readonly PlanPath[];
  readonly requires: readonly RequiredSelection[];
  readonly inputRewrites: readonly InputRewrite[];
  readonly outputRewrites: readonly OutputRewrite[];
  /** Of arguments with one variable, the first that finds a value gives it. Such a batch is alone in its fetch. */
  readonly contexts?: readonly ContextArgument[];
  /** Only objects of these types, as far as is known where the batch is asked for. */
  readonly of?: readonly string[];
  /** No objects of these types. */
  readonly notOf?: readonly string[];
}

/** A fetch of entities by their representations; several batches travel in one request. */
export interface EntitiesNode extends Request {
  readonly kind: 'entities';
  readonly batches: readonly EntityBatch[];
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly nodes: readonly PlanNode[];
}

export interface ParallelNode {
  readonly kind: 'parallel';
  readonly nodes: readonly PlanNode[];
}

/** Opens a stream of events. Stands at the top of a plan, and nowhere else. */
export interface SubscriptionNode {
  readonly kind: 'subscription';
  /** What is asked of the subgraph: each event answers it. */
  readonly primary: FetchNode;
  /** What each event needs beside it. */
  readonly rest: PlanNode | undefined;
}

/** Runs one of two branches by a Boolean variable. */
export interface ConditionNode {
  readonly kind: 'condition';
  readonly variable: string;
  readonly ifTrue: PlanNode | undefined;
  readonly ifFalse: PlanNode | undefined;
}

/** Answers with `primary`; what is deferred starts as soon as it may and follows. */
export interface DeferNode {
  readonly kind: 'defer';
  readonly primary: PlanNode | undefined;
  readonly deferred: readonly DeferredPart[];
}

/** The fetches of one `@defer`. */
export interface DeferredPart {
  /** The label of its `@defer`. */
  readonly label: string;
  /** The fetches (by `id`) that must be through before it begins. */
  readonly depends: readonly string[];
  /** `undefined` where others fetch all that it needs. */
  readonly node: PlanNode | undefined;
}

export type PlanNode =
  | FetchNode
  | EntitiesNode
  | SequenceNode
  | ParallelNode
  | ConditionNode
  | DeferNode
  | SubscriptionNode;

/** For which of the plans that one operation may have. */
export interface PlanVariant {
  /** The labels of progressive `@override` that hold, those of the form `percent(x)` included. */
  readonly overrides: readonly string[];
  /** Whether the document has `@defer`s, each with a label of its own. */
  readonly deferred: boolean;
}

export const PLAIN: PlanVariant = Object.freeze({ overrides: Object.freeze([]), deferred: false });

/** Makes plans over one supergraph. */
export interface Planner {
  /**
   * Plans one operation. `document` holds just that operation, without introspection fields. Rejects with
   * `FrontdeskError('invalid_query')` where no plan can be found. `undefined` where nothing must be fetched.
   */
  plan(
    document: string,
    operationName: string | undefined,
    variant?: PlanVariant,
  ): Promise<PlanNode | undefined>;
  /** Whether it plans documents with `@defer`. Default: false. */
  readonly defers?: boolean;
  /** Resolves when it can plan; without it, it always can. Rejects as `plan` does. */
  ready?(): Promise<void>;
  /** Frees what it holds; later plans are refused. */
  close(): void;
}

/** The fetches of a plan, in the order it names them; those of deferred parts only where `deferredToo`. */
export function* fetchesOf(
  node: PlanNode | undefined,
  deferredToo = true,
): Generator<FetchNode | EntitiesNode> {
  if (!node) return;
  switch (node.kind) {
    case 'fetch':
    case 'entities':
      yield node;
      return;
    case 'condition':
      yield* fetchesOf(node.ifTrue, deferredToo);
      yield* fetchesOf(node.ifFalse, deferredToo);
      return;
    case 'subscription':
      yield node.primary;
      yield* fetchesOf(node.rest, deferredToo);
      return;
    case 'defer':
      yield* fetchesOf(node.primary, deferredToo);
      if (deferredToo) for (const part of node.deferred) yield* fetchesOf(part.node);
      return;
    default:
      for (const child of node.nodes) yield* fetchesOf(child, deferredToo);
  }
}

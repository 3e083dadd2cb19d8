/** One execution of an operation, and what a compiled plan is. */
import type { CallContext } from '../../core/exchange.ts';
import type { ResponseFields } from '../headers/response-headers.ts';
import type { DataObject } from './data.ts';
import type { FailureEntry } from './failure.ts';
import type { SubgraphReply } from './reply.ts';

export interface Run {
  readonly context: CallContext;
  readonly forwarded: readonly string[];
  /** Coerced. */
  readonly variables: DataObject;
  /** The merged data. */
  readonly data: DataObject;
  /** Errors that have no place in the data. */
  readonly loose: FailureEntry[];
  /** Whether the data holds failures, so that it must be projected by the book. */
  failed: boolean;
  /** Whether no string of the data holds anything that JSON must escape. */
  plain: boolean;
  /** The reply of the one fetch that brought all the data, where it was one. */
  sole?: SubgraphReply;
  /** Takes fields of the subgraphs' replies, where the answer carries some. */
  readonly replyFields?: ResponseFields | undefined;
  /** Set where the answer comes in several payloads. */
  readonly deferrals?: Deferrals | undefined;
}

/** Resolves when all fetches are through; never rejects. */
export type RunPlan = (run: Run) => Promise<void>;

/** What one execution puts off, as its plan sees it. */
export interface Deferrals {
  /** A fetch that parts may wait for is through. */
  fetched(id: string): void;
  /** Runs a part once the fetches of these ids are through. Not to be waited for; never rejects. */
  start(label: string, depends: readonly string[], part: RunPlan | undefined): Promise<void>;
}

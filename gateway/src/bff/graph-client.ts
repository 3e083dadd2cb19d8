/** The federated graph as a BFF reaches it: in the process, without a socket. Whoever mounts a BFF gives one. */
import type { CallContext } from '../core/exchange.ts';

export interface GraphRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  /** The exchange on whose behalf it runs, with the part's cancellation. */
  readonly context: CallContext;
  /** What caused it: a part, or parts that ask the same. */
  readonly label?: string;
}

export interface GraphAnswer {
  /** `null` or absent where nothing could be answered. */
  readonly data?: unknown;
  readonly errors?: readonly GraphFailure[] | undefined;
}

export interface GraphFailure {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** Rejects with a `FrontdeskError` where the operation is refused as a whole. */
export type GraphClient = (request: GraphRequest) => Promise<GraphAnswer>;

/** Each event of a subscription, as an answer of its own. Rejects where it is refused. */
export type GraphSubscriber = (request: GraphRequest) => Promise<AsyncIterable<GraphAnswer>>;

/** What is asked of the graph and what comes back: the words that handlers, BFFs and the engine share. */
import type { OperationDefinitionNode } from 'graphql';
import type { CallContext } from '../core/exchange.ts';
import type { GraphError } from './answer/project.ts';
import type { SelectionShape } from './answer/shape.ts';
import type { DataObject } from './execute/data.ts';
import type { PlanNode } from './plan/plan.ts';
import type { Refusal } from './refusal.ts';

export interface GraphRequest {
  /** The text of a document; a request of a client may name one instead. */
  readonly query?: string | undefined;
  /** The identifier of a registered document. */
  readonly documentId?: string | undefined;
  /** As they came: `persistedQuery` names a document too. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  readonly operationName?: string | undefined;
  /** As they came: coerced here. Own keys only are read. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** What the upstream calls inherit; an exchange is one. */
  readonly context: CallContext;
  /** Field of the client's request that may go to subgraphs, alternating names and values. Default: none. */
  readonly forwarded?: readonly string[] | undefined;
  /** Refuses all but queries (GET). Default: false. */
  readonly queryOnly?: boolean | undefined;
  /** The streams that whoever asks can take. Default: none; then a subscription is refused and nothing deferred. */
  readonly accepts?: { readonly subscription: boolean; readonly incremental: boolean } | undefined;
  /** Draws tokens from the consumer's bucket; its rejection refuses the operation. */
  readonly charge?: ((tokens: number) => Promise<void>) | undefined;
  /** Draws from limits by operation; its rejection refuses it. The name of a registered document's, or an empty text. */
  readonly chargeOperation?: ((operation: string) => Promise<void>) | undefined;
  /** What the answer's `extensions` shall tell, as the header `frontdesk-debug` says it; `extensions` may say it too. */
  readonly debug?: string | undefined;
  /** Whether one token was drawn for this operation already, as for the first of an HTTP request. Default: false. */
  readonly paid?: boolean | undefined;
  /** Told how far the operation is. Default: nobody is. */
  readonly watch?: OperationWatch | undefined;
}

/** Whoever takes the times of an operation. */
export interface OperationWatch {
  /** Its document is found, valid and paid for. */
  admitted(operation: OperationDefinitionNode): void;
  /** There is a plan: it begins to fetch. */
  planned(): void;
}

/** An operation and what is to be fetched for it. */
export interface PlannedOperation {
  /** `undefined` where nothing has to be fetched. */
  readonly plan: PlanNode | undefined;
  readonly operation: OperationDefinitionNode;
  readonly shape: SelectionShape;
  /** Static cost. */
  readonly cost: number;
}

/** The answer as text. */
export interface GraphText {
  /** The whole response, JSON. */
  readonly body: string;
  /** Errors in it. */
  readonly errors: number;
  /** Set where nothing was executed: there is no `data` entry. */
  readonly refusal: Refusal | undefined;
  /** Fields of the subgraphs' replies that go to the client, alternating names and values (`graph.headers.response`). */
  readonly headers?: readonly string[] | undefined;
}

/** The answer as objects. `data` is absent where nothing was executed. */
export interface GraphObject {
  readonly data?: DataObject | null;
  readonly errors?: readonly GraphError[];
}

/**
 * An answer in several payloads: the events of a subscription, or what `@defer` puts off. Pulled by whoever writes
 * it, so that a slow client holds back its source; `return()` ends all that works for it.
 */
export interface GraphStream {
  readonly kind: 'subscription' | 'incremental';
  /** Each is one JSON text: a whole response, or an incremental payload with its `hasNext`. */
  readonly payloads: AsyncIterableIterator<string>;
}

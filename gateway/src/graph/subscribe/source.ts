/** The events of one subscription as a subgraph tells them, whatever the protocol. */
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { type DataObject, isDataObject } from '../execute/data.ts';
import { EventQueue } from './event-queue.ts';

/** One GraphQL response. */
export interface SourceEvent {
  readonly body: DataObject;
  /** Whether no string of it holds anything that JSON must escape. */
  readonly plain: boolean;
  /** Bytes that it came in. */
  readonly size: number;
}

export interface Source {
  /** The next event; `undefined` after the last. Rejects with a `FrontdeskError` where the source broke. */
  next(): Promise<SourceEvent | undefined>;
  /** Wants no more: the subgraph is told, and `next` ends. */
  close(): void;
}

/** What is asked of a subgraph. */
export interface SourceRequest {
  /** Its cancellation ends the source, its deadline the opening alone. */
  readonly context: CallContext;
  readonly forwarded: readonly string[];
  /** The request's JSON text: `query`, `variables`. */
  readonly body: string;
}

/** Resolves once the subgraph has accepted. Rejects with a `FrontdeskError`. */
export type OpenSource = (subgraph: string, request: SourceRequest) => Promise<Source>;

/** Events that are read ahead of whoever completes them. */
const READ_AHEAD_EVENTS = 16;

export function sourceQueue(maxSize: number, onRoom: () => void): EventQueue<SourceEvent> {
  return new EventQueue({ maxItems: READ_AHEAD_EVENTS, maxSize, sizeOf: ({ size }) => size, onRoom });
}

/** Takes a JSON text apart, without the members that its upstream hides. Throws `upstream_invalid`. */
export function readJson(bytes: Uint8Array, strip: UpstreamReply['strip']): SourceEvent {
  const kept = strip ? strip(bytes) : bytes;
  if (!kept) throw invalid('a message that is no JSON');
  const text = Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw invalid('a message that is no JSON', cause);
  }
  if (!isDataObject(body)) throw invalid('a message that is no JSON object');
  return { body, plain: !text.includes('\\'), size: bytes.byteLength };
}

export function invalid(detail: string, cause?: unknown): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail, cause });
}

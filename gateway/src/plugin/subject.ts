/** What a plugin is given, seen from what runs it: the same for requests of clients and for calls to backends. */
import type { Cancellation } from '../core/abort.ts';
import type { Body } from '../core/body.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { HeldPlugin } from './held.ts';

/** The head of an answer. */
export interface Head {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly body: Body;
}

export interface Subject<View, Out> {
  readonly body: Body;
  readonly cancellation: Cancellation;
  /** Whether its body has no end of its own, and can't be read whole. */
  readonly isStream: boolean;
  view(body: Uint8Array | undefined, rules: HeldPlugin['rules']): View;
  /** Takes over what was changed through the view. */
  commit(view: View): void;
  replaceBody(body: Body): void;
  /** Nobody wants the request's body any more. */
  drop(reason: Error): void;
  /** Nobody wants an answer that came. */
  discard(out: Out, reason: Error): void;
  /** Whether an answer has no end of its own. */
  isStreamed(out: Out): boolean;
  reply(status: number, headers: HeaderFields, body: Body): Out;
  /** The same answer with another head or body; what it held for its end it holds on. */
  amend(out: Out, status: number, headers: HeaderFields, body: Body): Out;
}

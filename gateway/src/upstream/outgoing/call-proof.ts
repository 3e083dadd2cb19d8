/**
 * Fields of a call that prove the gateway or its caller to the backend and change with time: access tokens, signed identity
 * tokens. Two steps of the outbound chain carry them. `markProofs` stands where keys are computed from fields: it puts under
 * their names what they depend on, and nothing of what they are, so that a cache that is told `Vary: Authorization` and calls
 * that are shared tell callers apart, and a token that was renewed is no other caller. `presentProofs` stands below and puts
 * the proofs there: a reply that is cached or shared costs none. No mark ever leaves the gateway.
 */
import { hash } from 'node:crypto';
import type { Cancellation } from '../../core/abort.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { identityText } from '../cache/key.ts';
import type { Policy, UpstreamCall } from '../call.ts';

/** What is sent in a field, as of now; `undefined`: the field is left out. */
type Proof = string | undefined;

export interface CallProof {
  /** The field's name, in lower case. Nobody else says anything under it. */
  readonly field: string;
  /** Whether it speaks of the caller, rather than of the gateway alone. */
  readonly ofCaller: boolean;
  /** The value for a call. Throws or rejects with a `FrontdeskError` where the call cannot be made. */
  valueFor(context: CallContext): Proof | Promise<Proof>;
  /**
   * The backend says that the token is not good (RFC 6750 §3.1: `invalid_token`). Returns whether another may be had.
   * Left out where a new one would be no better.
   */
  refused?(context: CallContext, value: string): boolean;
}

const OF_THE_GATEWAY = 'gateway';
const OF_NOBODY = 'nobody';

/** By identity: its text may hold what must not stand in a field. */
const marks = new WeakMap<Identity, string>();

/** What tells an identity from all others of which backends may be told something else. */
export function markOf(identity: Identity): string {
  let mark = marks.get(identity);
  if (mark === undefined) {
    mark = hash('sha256', identityText(identity), 'base64url');
    marks.set(identity, mark);
  }
  return mark;
}

function callersMark({ identity }: CallContext): string {
  return identity ? markOf(identity) : OF_NOBODY;
}

export function markProofs(proofs: readonly CallProof[]): Policy {
  return (call, next) => {
    for (const { field, ofCaller } of proofs) {
      call.headers.set(field, ofCaller ? callersMark(call.context) : OF_THE_GATEWAY);
    }
    return next(call);
  };
}

export function presentProofs(proofs: readonly CallProof[]): Policy {
  const renewable = proofs.filter((proof) => proof.refused !== undefined);
  return (call, next) => {
    // The fields above, by which the call is known, stay as they are.
    const headers = call.headers.clone();
    call.headers = headers;
    const pending = present(proofs, headers, call.context);
    const sent = pending ? pending.then(() => next(call)) : next(call);
    if (renewable.length === 0) return sent;
    return sent.then((reply) =>
      isTokenRefused(reply) ? answered(renewable, proofs, call, reply, next) : reply,
    );
  };
}

/** Sets the proofs; a promise where one is yet to be had. */
function present(
  proofs: readonly CallProof[],
  headers: HeaderFields,
  context: CallContext,
): Promise<unknown> | undefined {
  let pending: Promise<unknown>[] | undefined;
  try {
    for (const proof of proofs) {
      const { field } = proof;
      const value = proof.valueFor(context);
      if (value instanceof Promise) {
        pending ??= [];
        pending.push(value.then((had) => put(headers, field, had)));
      } else put(headers, field, value);
    }
  } catch (error) {
    return Promise.reject(error);
  }
  return pending && unlessLeft(Promise.all(pending), context.cancellation);
}

function put(headers: HeaderFields, field: string, value: Proof): void {
  if (value === undefined) headers.delete(field);
  else headers.set(field, value);
}

/** What others may wait for too goes on; this call does not wait for it longer than it has time. */
function unlessLeft<T>(work: Promise<T>, cancellation: Cancellation): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stopListening = cancellation.onCancel(reject);
  work.then(
    (value) => {
      stopListening();
      resolve(value);
    },
    (error: unknown) => {
      stopListening();
      reject(error);
    },
  );
  return promise;
}

/** A backend that knows better than we that a token is no good any more is asked once more, with another. */
async function answered(
  renewable: readonly CallProof[],
  proofs: readonly CallProof[],
  call: UpstreamCall,
  reply: UpstreamReply,
  next: Next<UpstreamCall, UpstreamReply>,
): Promise<UpstreamReply> {
  if (!renewed(renewable, call) || !call.body.replayable) return final(renewable, reply);
  const following = call.again();
  following.headers = call.headers.clone();
  reply.body.discard(new FrontdeskError('upstream_error', { detail: 'its token was refused' }));
  await present(proofs, following.headers, call.context);
  const second = await next(following);
  return isTokenRefused(second) ? final(renewable, second) : second;
}

/** Tells the proofs that they were refused; whether one of them may be better now. */
function renewed(renewable: readonly CallProof[], call: UpstreamCall): boolean {
  let isBetter = false;
  for (const proof of renewable) {
    const value = call.headers.get(proof.field);
    if (value !== undefined && proof.refused?.(call.context, value)) isBetter = true;
  }
  return isBetter;
}

/**
 * What becomes of a reply that refuses a token. Of the caller's it is an answer. Of the gateway's own it is none: the caller
 * would take it for a word on credentials that it never sent there.
 */
function final(renewable: readonly CallProof[], reply: UpstreamReply): UpstreamReply {
  if (reply.status !== 401 || renewable.some(({ ofCaller }) => ofCaller)) return reply;
  const error = new FrontdeskError('upstream_credential', {
    detail: 'the backend refuses the gateway’s token',
  });
  reply.body.discard(error);
  throw error;
}

const GRPC_UNAUTHENTICATED = '16';

/** Of gRPC it is not said whose credential is meant. */
function isTokenRefused({ status, headers }: UpstreamReply): boolean {
  if (status === 401) {
    return headers.getAll('www-authenticate').some((challenge) => challenge.includes('invalid_token'));
  }
  return headers.get('grpc-status') === GRPC_UNAUTHENTICATED;
}

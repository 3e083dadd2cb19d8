/**
 * What clients and caches are told of keeping a screen's answer (RFC 9111 §5.2.2): what follows from the parts that it was
 * made of. It lives as long as the part that has least left; one that nobody may keep, or that is missing or partial,
 * takes that from the whole.
 */
import type { Identity } from '../../core/identity.ts';
import type { PartOutcome } from './screen-outcome.ts';

export interface CachePolicy {
  readonly cacheControl: string;
  /** The request fields on which the answer depends beside its address: `Vary`. */
  readonly vary: readonly string[];
}

/** Of a `ScreenRun`, once the parts that were asked for are there. */
export interface FinishedRun {
  readonly screen: { readonly scopes: readonly string[]; readonly policies?: readonly string[] };
  readonly identity: Identity | undefined;
  readonly outcomes: readonly (PartOutcome | undefined)[];
}

const NO_STORE: CachePolicy = { cacheControl: 'no-store', vary: [] };
/** By which callers prove who they are: one browser may be several of them, one after the other. */
const CREDENTIALS = ['authorization', 'cookie', 'x-api-key'];

/**
 * `no-store`, or how long the answer may be kept: by everybody where all of its parts are shared and nobody was asked who
 * they are, else by the client alone.
 */
export function cachePolicy({ screen, identity, outcomes }: FinishedRun): CachePolicy {
  let leftMs = Number.POSITIVE_INFINITY;
  let shared = identity === undefined && screen.scopes.length === 0 && !screen.policies?.length;
  for (const outcome of outcomes) {
    if (!outcome?.freshness || outcome.failure || outcome.partial) return NO_STORE;
    leftMs = Math.min(leftMs, outcome.freshness.leftMs);
    shared &&= outcome.freshness.shared;
  }
  if (leftMs === Number.POSITIVE_INFINITY) return NO_STORE;
  const leftS = Math.floor(leftMs / 1000);
  const lifetime = leftS > 0 ? `max-age=${leftS}` : 'no-cache';
  return shared
    ? { cacheControl: `public, ${lifetime}`, vary: [] }
    : { cacheControl: `private, ${lifetime}`, vary: CREDENTIALS };
}

/** Where stored replies are kept: in this process, or in Redis. */
import type { HeaderFields } from '../../core/headers.ts';
import type { Asker } from '../../wire/http-cache/storing.ts';
import type { StoredReply } from './stored-reply.ts';

/**
 * Where a request looks. A slot is a URI for those who may share its replies: everybody, or one identity.
 * Slots and URIs are texts without a way to be mistaken for each other (see `key.ts`).
 */
export interface CacheKey {
  readonly uri: string;
  /** Of the identity that asks; `undefined` for who has none. */
  readonly own: string | undefined;
  readonly everybody: string;
}

export interface Found {
  readonly reply: StoredReply | undefined;
  /** Whether the URI has replies that do not fit this request. */
  readonly others: boolean;
  /** Proves when the look was taken: what is stored by it is dropped if a purge came in between. */
  readonly ticket: number;
}

export type Purge =
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' };

export interface Purged {
  /** How many stored replies went; `undefined` where that is not known: they go when they are next looked at. */
  readonly removed: number | undefined;
  readonly ticket: number;
}

/** None of these ever fails: a store that is gone has nothing, and takes nothing. */
export interface CacheStore {
  find(key: CacheKey, request: HeaderFields, asker: Asker): Found | Promise<Found>;
  /** Keeps `reply` under `slot`, in the place of one with the same selectors; unless it was purged since `ticket`. */
  put(slot: string, uri: string, reply: StoredReply, ticket: number): void | Promise<void>;
  /** Ends what is kept under `slot` with the selectors of `reply`: the backend has said something else since. */
  forget(slot: string, reply: StoredReply): void | Promise<void>;
  purge(purge: Purge): Purged | Promise<Purged>;
  /** Another process has purged: what is kept here alone goes, too. */
  purged(purge: Purge): void;
  /** Whether other processes have the same. */
  readonly shared: boolean;
  close(): Promise<void>;
}

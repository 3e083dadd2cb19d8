/**
 * What a subgraph is written as: field resolvers over the company's records, which the monolith shares, and
 * reference resolvers, which only a subgraph has.
 */
import type { Dataset } from '../data/dataset.ts';
import type { TripFeed } from '../data/trip-feed.ts';
import type { World } from '../world.ts';

export interface GraphContext {
  readonly data: Dataset;
  /** The user on whose behalf the request is made: the gateway's `X-User-Id`. */
  readonly userId: string | undefined;
  /** What this service shares with the others. */
  readonly world: World;
  /** What happens to the generated trips. Only where there are subscriptions. */
  readonly feed?: TripFeed;
}

/** Declared as a method, whose parameters TypeScript compares both ways: each resolver names its own parent and arguments. */
export type Resolver = { resolve(parent: unknown, args: unknown, context: GraphContext): unknown }['resolve'];

export type Subscribe = {
  subscribe(args: unknown, context: GraphContext): AsyncIterableIterator<unknown>;
}['subscribe'];

/** What a gateway sends for an entity: its key, and what a `@requires` asks for. */
export interface Representation {
  readonly __typename: string;
  readonly [field: string]: unknown;
}
export type ReferenceResolver = (representation: Representation, context: GraphContext) => object | null;

export interface SubgraphModule {
  readonly name: SubgraphName;
  /** By type, then field. Where a record has a property of the field's name, no resolver is needed. */
  readonly resolvers: Readonly<Record<string, Readonly<Record<string, Resolver>>>>;
  /** By entity type. Null says that there is no such entity. */
  readonly references: Readonly<Record<string, ReferenceResolver>>;
  /** By field of `Subscription`: its events, each the value of the field. */
  readonly subscriptions?: Readonly<Record<string, Subscribe>>;
}

export const SUBGRAPH_NAMES = ['accounts', 'products', 'orders', 'trips', 'reviews'] as const;
export type SubgraphName = (typeof SUBGRAPH_NAMES)[number];

/** A key of a representation, as text. */
export function keyOf(representation: Representation, field: string): string {
  return String(representation[field]);
}

/**
 * What the operations of a BFF are held to at compile time: the types of its schema's root fields and the scopes that
 * there are. `frontdesk bff types` writes one; without one nothing is held to anything.
 */

declare const SCHEMA: unique symbol;

/** A field of a root type. */
export interface FieldTypes {
  /** The name of its type: `Dashboard`. */
  readonly type: string;
  readonly answer: unknown;
  readonly arguments: object;
}

/** The fields of the root types: of `Query`, `Mutation` and `Subscription`. */
export interface SchemaTypes {
  readonly screens: Readonly<Record<string, FieldTypes>>;
  readonly flows: Readonly<Record<string, FieldTypes>>;
  readonly live: Readonly<Record<string, FieldTypes>>;
}

/** A schema of which nothing is known. */
export type AnySchema = SchemaTypes;

export interface Contract<Schema extends SchemaTypes = AnySchema, Scope extends string = string> {
  /** Every scope that operations and parts may name. Default: any. */
  readonly scopes?: readonly Scope[];
  /** Holds the types alone; there is no such member at run time. */
  readonly [SCHEMA]?: Schema;
}

/** States a contract: `contract<Schema>()({ scopes: ['orders:read'] })`. */
export function contract<Schema extends SchemaTypes>(): <const Scope extends string = string>(
  told: Pick<Contract<Schema, Scope>, 'scopes'>,
) => Contract<Schema, Scope> {
  return (told) => told;
}

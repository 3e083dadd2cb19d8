/** What a team's package exports: its name, its schema, its backends and its screens. */
import type { Backends } from './backend.ts';
import { compileBackend } from './backend.ts';
import { isGrpcBackend } from './grpc-backend.ts';
import type { InputOf, InputSchema } from './input.ts';
import { type PartMaker, partMaker } from './part.ts';
import { type Screen, type ScreenMaker, screenMaker } from './screen.ts';

export interface Bff {
  readonly kind: 'frontdesk.bff';
  readonly name: string;
  /** SDL, or the address of the file that holds it. */
  readonly schema: string | URL;
  readonly backends: Backends;
  readonly screens: readonly Screen[];
}

/** Every kind of operation that there is. */
export type AnyOperation = Screen;

/** What of a BFF its operations are. */
export type BffOperations = Pick<Bff, 'screens'>;

/** All that a BFF offers, in the order in which faces show it. */
export function operationsOf({ screens }: BffOperations): readonly AnyOperation[] {
  return screens;
}

export interface BffDefinition {
  /** Its name in logs and metrics: `mobile`. */
  readonly name: string;
  /** Its GraphQL schema: the text, or `new URL('./schema.graphql', import.meta.url)`. */
  readonly schema: string | URL;
  /** What `defineBackends` made. Default: none, for a BFF that reads the graph alone. */
  readonly backends?: { readonly backends: Backends };
  readonly screens: readonly Screen[];
}

/** What a team's operations are made with, typed by its backends and by what callers may say. */
export interface OperationKit<B extends Backends, Given> {
  readonly part: PartMaker<B, Given>;
  readonly screen: ScreenMaker;
}

/** The tools of operations that are told nothing, and the way to those that are. */
export interface BackendKit<B extends Backends> extends OperationKit<B, Record<never, never>> {
  readonly backends: B;
  /** The same tools for operations that are told something: `takes(z.object({ id: z.string() }))`. */
  takes<Schema extends InputSchema>(input: Schema): OperationKit<B, InputOf<Schema>>;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * States which backends a BFF reads, under their names in the configuration, and gives `part` and `screen` typed
 * by them. Throws a `TypeError` on a path that is no template.
 */
export function defineBackends<const B extends Backends>(backends: B): BackendKit<B> {
  for (const [name, backend] of Object.entries(backends))
    if (!isGrpcBackend(backend)) compileBackend(name, backend);
  return {
    backends,
    ...operationKit<B, Record<never, never>>(undefined),
    takes: (input) => operationKit(input),
  };
}

function operationKit<B extends Backends, Given>(input: InputSchema | undefined): OperationKit<B, Given> {
  return { part: partMaker<B, Given>(input), screen: screenMaker(input) };
}

/** Defines a BFF: a package's default export. Throws a `TypeError` that names what is wrong. */
export function defineBff(definition: BffDefinition): Bff {
  const { name, schema, screens } = definition;
  if (!NAME.test(name))
    throw new TypeError(`"${name}" is no name of a BFF: lower-case letters, digits and -`);
  if (screens.length === 0) throw new TypeError(`BFF ${name} has no screens`);
  for (const member of ['path', 'field'] as const) {
    const seen = new Set<string>(member === 'path' ? ['/graphql'] : []);
    for (const one of screens) {
      if (seen.has(one[member])) throw new TypeError(`BFF ${name}: ${member} ${one[member]} is taken`);
      seen.add(one[member]);
    }
  }
  return { kind: 'frontdesk.bff', name, schema, backends: definition.backends?.backends ?? {}, screens };
}

/** Whether a value is what `defineBff` made, also of another copy of this package. */
export function isBff(value: unknown): value is Bff {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'frontdesk.bff';
}

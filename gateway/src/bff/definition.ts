/** What a team's package exports: its name, its schema, its backends and its screens. */
import type { Backends } from './backend.ts';
import { compileBackend, compileStreams } from './backend.ts';
import type { AnySchema, Contract, SchemaTypes } from './contract.ts';
import { type Flow, type FlowMaker, flowMaker } from './flow/flow.ts';
import { type StepMaker, stepMaker } from './flow/flow-step.ts';
import type { GraphqlPlugin } from './graphql-plugin.ts';
import { isGrpcBackend } from './grpc-backend.ts';
import type { InputOf, InputSchema } from './input.ts';
import { checkScopes } from './known-scopes.ts';
import { type FeedMaker, feedMaker } from './live/feed.ts';
import { type Live, type LiveMaker, liveMaker } from './live/live.ts';
import { type PartMaker, partMaker } from './screen/part.ts';
import { type Screen, type ScreenMaker, screenMaker } from './screen/screen.ts';

export interface Bff {
  readonly kind: 'frontdesk.bff';
  readonly name: string;
  /** SDL, or the address of the file that holds it. */
  readonly schema: string | URL;
  readonly backends: Backends;
  readonly screens: readonly Screen[];
  /** Apollo plugins of its GraphQL face. */
  readonly plugins?: readonly GraphqlPlugin[] | undefined;
  /** What it does for callers in several steps, or not at all. */
  readonly flows: readonly Flow[];
  /** Its live streams. */
  readonly live: readonly Live[];
}

/** Every kind of operation that there is. */
export type AnyOperation = Screen | Flow | Live;

/** What of a BFF its operations are. */
export type BffOperations = Pick<Bff, 'screens'> & Partial<Pick<Bff, 'flows' | 'live'>>;

/** All that a BFF offers, in the order in which faces show it. */
export function operationsOf({ screens, flows = [], live = [] }: BffOperations): readonly AnyOperation[] {
  return [...screens, ...flows, ...live];
}

export interface BffDefinition {
  /** Its name in logs and metrics: `mobile`. */
  readonly name: string;
  /** Its GraphQL schema: the text, or `new URL('./schema.graphql', import.meta.url)`. */
  readonly schema: string | URL;
  /** What `defineBackends` made. Default: none, for a BFF that reads the graph alone. */
  readonly backends?: { readonly backends: Backends; readonly scopes?: readonly string[] | undefined };
  readonly screens: readonly Screen[];
  /** Plugins of Apollo Server for its GraphQL face. Default: none. */
  readonly plugins?: readonly GraphqlPlugin[] | undefined;
  /** Default: none. */
  readonly flows?: readonly Flow[];
  /** Default: none. */
  readonly live?: readonly Live[];
}

/** What a team's operations are made with, typed by its backends and by what callers may say. */
export interface OperationKit<
  B extends Backends,
  Given,
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
> {
  readonly part: PartMaker<B, Given, Scope>;
  readonly screen: ScreenMaker<Schema, Scope, Given>;
  readonly feed: FeedMaker<B, Given, Scope>;
  readonly live: LiveMaker<Schema, Scope, Given>;
  readonly step: StepMaker<B, Given, Scope>;
  readonly flow: FlowMaker<Given, Schema, Scope>;
}

/** The tools of operations that are told nothing, and the way to those that are. */
export interface BackendKit<
  B extends Backends,
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
> extends OperationKit<B, Record<never, never>, Schema, Scope> {
  readonly backends: B;
  /** Every scope that there is; `undefined` where nobody says. */
  readonly scopes: readonly Scope[] | undefined;
  /** The same tools for operations that are told something: `takes(z.object({ id: z.string() }))`. */
  takes<Input extends InputSchema>(input: Input): OperationKit<B, InputOf<Input>, Schema, Scope>;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * States which backends a BFF reads, under their names in the configuration, and gives `part` and `screen` typed
 * by them. A contract holds operations to the BFF's schema and to the scopes that there are. Throws a `TypeError` on a path
 * that is no template.
 */
export function defineBackends<
  const B extends Backends,
  Schema extends SchemaTypes = AnySchema,
  const Scope extends string = string,
>(backends: B, contract: Contract<Schema, Scope> = {}): BackendKit<B, Schema, Scope> {
  for (const [name, backend] of Object.entries(backends)) {
    if (!isGrpcBackend(backend)) {
      compileBackend(name, backend);
      compileStreams(name, backend);
    }
  }
  return {
    backends,
    scopes: contract.scopes,
    ...operationKit<B, Record<never, never>, Schema, Scope>(undefined),
    takes: (input) => operationKit(input),
  };
}

function operationKit<B extends Backends, Given, Schema extends SchemaTypes, Scope extends string>(
  input: InputSchema | undefined,
): OperationKit<B, Given, Schema, Scope> {
  return {
    part: partMaker<B, Given, Scope>(input),
    screen: screenMaker<Schema, Scope, Given>(input),
    feed: feedMaker<B, Given, Scope>(input),
    live: liveMaker<Schema, Scope, Given>(input),
    step: stepMaker<B, Given, Scope>(input),
    flow: flowMaker<Given, Schema, Scope>(input),
  };
}

/** Defines a BFF: a package's default export. Throws a `TypeError` that names what is wrong. */
export function defineBff(definition: BffDefinition): Bff {
  const { name, schema, screens, flows = [], live = [] } = definition;
  if (!NAME.test(name))
    throw new TypeError(`"${name}" is no name of a BFF: lower-case letters, digits and -`);
  if (screens.length === 0) throw new TypeError(`BFF ${name} has no screens`);
  for (const member of ['path', 'field'] as const) {
    const seen = new Set<string>(member === 'path' ? ['/graphql'] : []);
    for (const one of operationsOf({ screens, flows, live })) {
      if (seen.has(one[member])) throw new TypeError(`BFF ${name}: ${member} ${one[member]} is taken`);
      seen.add(one[member]);
    }
  }
  const { backends = {}, scopes } = definition.backends ?? {};
  if (scopes) checkScopes(operationsOf({ screens, flows, live }), scopes);
  const { plugins } = definition;
  return { kind: 'frontdesk.bff', name, schema, backends, screens, flows, live, plugins };
}

/** Whether a value is what `defineBff` made, also of another copy of this package. */
export function isBff(value: unknown): value is Bff {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'frontdesk.bff';
}

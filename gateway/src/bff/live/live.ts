/**
 * A live stream: a screen that stays. Its first answer is the screen's, and feeds give new values of parts from then
 * on. `live` checks the whole of it once, so that the engine need not.
 */
import { parseDuration } from '../../core/duration.ts';
import type { AnySchema, SchemaTypes } from '../contract.ts';
import type {
  FieldOf,
  InputFaults,
  OrFaults,
  PartInputFaults,
  PathFaults,
  UpdateFaults,
} from '../contract-faults.ts';
import type { Duration } from '../duration-text.ts';
import type { InputSchema } from '../input.ts';
import { type Operation, type OperationDefinition, operation } from '../operation.ts';
import type { Screen } from '../screen/screen.ts';
import type { Feed } from './feed.ts';

const DEFAULT_IDLE_MS = 15 * 60_000;
const DEFAULT_MAX_DURATION_MS = 4 * 60 * 60_000;
const DEFAULT_SLOW_CONSUMER_MS = 30_000;
const DEFAULT_MAX_PER_CALLER = 10;

export interface Live extends Operation {
  readonly kind: 'live';
  /** Its first answer; `undefined` where every part is null until its feed speaks. */
  readonly screen: Screen | undefined;
  /** By the part whose new values they give. */
  readonly updates: Readonly<Record<string, Feed>>;
  /** Ends the stream, once it holds of a part's value. By part. */
  readonly until: Readonly<Record<string, (value: unknown) => boolean>>;
  readonly idleMs: number;
  readonly maxDurationMs: number;
  readonly slowConsumerMs: number;
  readonly maxPerCaller: number;
}

export interface LiveDefinition<Updates, Scope extends string = string, Faults = unknown>
  extends OperationDefinition<Scope> {
  /** Its first answer, read with the same input. Default: none; then all parts begin as null. */
  readonly screen?: Screen;
  /** Feeds by the part of the screen whose new values they give. A part without one stays as it was at first. */
  readonly updates: Updates & Faults;
  /** Ends the stream once this holds of a part's value: `{ status: (status) => status === 'completed' }`. */
  readonly until?: { readonly [Name in keyof Updates]?: (value: ShapedOf<Updates[Name]>) => boolean };
  /** Without an update for so long it ends. Default: 15m. */
  readonly idle?: Duration;
  /** It ends after so long; clients come back for another. Default: 4h. */
  readonly maxDuration?: Duration;
  /** A client that takes nothing for so long, while there is something to take, is cut off. Default: 30s. */
  readonly slowConsumer?: Duration;
  /** Of one caller at a time, on all faces; of one address, for callers that nobody knows. Default: 10. */
  readonly maxPerCaller?: number;
}

type ShapedOf<F> = F extends Feed<unknown, infer Shaped> ? Shaped : never;
type ShapedOfEach<Updates> = { readonly [Name in keyof Updates]: ShapedOf<Updates[Name]> };
type GivenOf<F> = F extends Feed<unknown, unknown, infer Given> ? Given : never;
type GivenOfEach<Updates> = { readonly [Name in keyof Updates]: GivenOf<Updates[Name]> };

/** `live` for operations that are told `Given`, held to the fields of the root type `Subscription`. */
export type LiveMaker<
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
  Given = unknown,
> = <
  const Updates extends Readonly<Record<string, Feed>>,
  const Field extends keyof Schema['live'] & string,
  const Path extends string,
>(
  definition: LiveDefinition<
    Updates,
    Scope,
    PartInputFaults<GivenOfEach<Updates>, Given> &
      UpdateFaults<FieldOf<Schema, 'live', Field>, ShapedOfEach<Updates>>
  > & {
    readonly path: OrFaults<Path, PathFaults<Path, Given>>;
    readonly field: OrFaults<Field, InputFaults<FieldOf<Schema, 'live', Field>, Given>>;
  },
) => Live;

/** Events of the stream itself, so that no part that is followed is called so. */
const RESERVED: ReadonlySet<string> = new Set([
  'screen',
  'incomplete',
  'problem',
  'end',
  'message',
  'error',
  'open',
]);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Makes `live` for an input. What it makes throws a `TypeError` that names what is wrong. */
export function liveMaker<
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
  Given = unknown,
>(input: InputSchema | undefined): LiveMaker<Schema, Scope, Given> {
  return (definition) => {
    const made = operation('live', definition, input);
    const { screen, updates, until = {}, maxPerCaller = DEFAULT_MAX_PER_CALLER } = definition;
    for (const name of screen?.input?.members.keys() ?? []) {
      if (made.input?.members.has(name)) continue;
      throw new TypeError(`live ${made.field}: screen ${screen?.field} is told ${name}, and this is not`);
    }
    checkUpdates(made.field, screen, updates, input);
    for (const name of Object.keys(until)) {
      if (!Object.hasOwn(updates, name)) {
        throw new TypeError(`live ${made.field}: until speaks of ${name}, which has no feed`);
      }
    }
    if (!(Number.isInteger(maxPerCaller) && maxPerCaller > 0)) {
      throw new TypeError(`live ${made.field}: maxPerCaller must be a whole number above 0`);
    }
    const ms = (key: 'idle' | 'maxDuration' | 'slowConsumer', standard: number) =>
      milliseconds(made.field, key, definition[key], standard);
    return {
      ...made,
      // Whoever may not see the screen may not follow it either.
      scopes: joined(made.scopes, screen?.scopes),
      policies: joined(made.policies, screen?.policies),
      screen,
      updates,
      until: erased(until),
      idleMs: ms('idle', DEFAULT_IDLE_MS),
      maxDurationMs: ms('maxDuration', DEFAULT_MAX_DURATION_MS),
      slowConsumerMs: ms('slowConsumer', DEFAULT_SLOW_CONSUMER_MS),
      maxPerCaller,
    };
  };
}

/** The names of all parts that it shows, in the screen's order. */
export function partsOf({ screen, updates }: Pick<Live, 'screen' | 'updates'>): readonly string[] {
  return Object.keys(screen ? screen.parts : updates);
}

function joined(own: readonly string[], screens: readonly string[] = []): readonly string[] {
  return [...new Set([...screens, ...own])];
}

/** Predicates as the engine calls them: with the value of their own part, whatever its type. */
function erased(until: object): Live['until'] {
  const predicates: Record<string, (value: unknown) => boolean> = {};
  for (const [name, holds] of Object.entries(until)) {
    if (typeof holds === 'function') predicates[name] = (value) => holds(value) === true;
  }
  return predicates;
}

function checkUpdates(
  field: string,
  screen: Screen | undefined,
  updates: Readonly<Record<string, Feed>>,
  input: InputSchema | undefined,
): void {
  if (Object.keys(updates).length === 0) throw new TypeError(`live ${field} has no updates`);
  for (const [name, feed] of Object.entries(updates)) {
    if (!NAME.test(name) || RESERVED.has(name)) {
      throw new TypeError(`live ${field}: "${name}" is no name of a part that is followed`);
    }
    if (screen && !Object.hasOwn(screen.parts, name)) {
      throw new TypeError(`live ${field}: screen ${screen.field} has no part ${name}`);
    }
    if (feed.given !== undefined && feed.given !== input) {
      throw new TypeError(`live ${field}: the feed of ${name} was made for another input`);
    }
    for (const [usedName, used] of Object.entries(feed.uses ?? {})) {
      if (screen?.parts[usedName] !== used) {
        throw new TypeError(
          `live ${field}: the feed of ${name} uses ${usedName}, which is no part of its screen`,
        );
      }
    }
  }
}

function milliseconds(field: string, key: string, text: Duration | undefined, standard: number): number {
  if (text === undefined) return standard;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new TypeError(`live ${field}: ${key} is a duration such as 15m, not "${text}"`);
}

/**
 * A screen: the parts that one view of an app needs, under one deadline. `screen` checks the whole of it once,
 * so that the engine need not: every part that another uses is there, and none waits for itself.
 */
import type { AnySchema, SchemaTypes } from '../contract.ts';
import type {
  FieldOf,
  InputFaults,
  OrFaults,
  PartFaults,
  PartInputFaults,
  PathFaults,
} from '../contract-faults.ts';
import type { InputSchema } from '../input.ts';
import { type Operation, type OperationDefinition, operation } from '../operation.ts';
import type { GivenOf, Part, ShownOf, UsesOf } from './part.ts';

export interface Screen extends Operation {
  readonly kind: 'screen';
  readonly parts: Readonly<Record<string, Part>>;
}

export interface ScreenDefinition<Parts, Scope extends string = string> extends OperationDefinition<Scope> {
  /** The parts by name: each is a member of the REST answer and a field of the GraphQL type. */
  readonly parts: Parts;
}

type Wants<Uses> = string extends keyof Uses ? never : keyof Uses;

/** Refuses, by name, a part that uses one which the screen does not have. */
export type Closed<Parts> = {
  readonly [Name in keyof Parts]: [Exclude<Wants<UsesOf<Parts[Name]>>, keyof Parts>] extends [never]
    ? unknown
    : { readonly 'uses a part that this screen lacks': Exclude<Wants<UsesOf<Parts[Name]>>, keyof Parts> };
};

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

type ShownOfEach<Parts> = { readonly [Name in keyof Parts]: ShownOf<Parts[Name]> };
type GivenOfEach<Parts> = { readonly [Name in keyof Parts]: GivenOf<Parts[Name]> };

/** `screen` for operations that are told `Given`, held to the fields of the root type `Query`. */
export type ScreenMaker<
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
  Given = unknown,
> = <
  const Field extends keyof Schema['screens'] & string,
  const Path extends string,
  const Parts extends Readonly<Record<string, Part>>,
>(
  definition: ScreenDefinition<
    Parts &
      Closed<Parts> &
      PartInputFaults<GivenOfEach<Parts>, Given> &
      PartFaults<FieldOf<Schema, 'screens', Field>, ShownOfEach<Parts>>,
    Scope
  > & {
    readonly path: OrFaults<Path, PathFaults<Path, Given>>;
    readonly field: OrFaults<Field, InputFaults<FieldOf<Schema, 'screens', Field>, Given>>;
  },
) => Screen;

/** Makes `screen` for an input; `undefined`: screens that are told nothing. */
export function screenMaker<
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
  Given = unknown,
>(input: InputSchema | undefined): ScreenMaker<Schema, Scope, Given> {
  return (definition) => {
    const { parts } = definition;
    const made = operation('screen', definition, input);
    checkParts(made.field, parts, input);
    return { ...made, parts };
  };
}

/** `screen` for screens that are told nothing. Throws a `TypeError` that names what is wrong. */
export const screen: ScreenMaker = screenMaker(undefined);

function checkParts(
  field: string,
  parts: Readonly<Record<string, Part>>,
  input: InputSchema | undefined,
): void {
  if (Object.keys(parts).length === 0) throw new TypeError(`screen ${field} has no parts`);
  for (const [name, part] of Object.entries(parts)) {
    if (!NAME.test(name)) throw new TypeError(`screen ${field}: "${name}" is no name of a part`);
    if (part.given !== undefined && part.given !== input) {
      throw new TypeError(`screen ${field}: part ${name} was made for another input`);
    }
    for (const [usedName, used] of Object.entries(part.uses ?? {})) {
      if (parts[usedName] !== used) {
        throw new TypeError(
          `screen ${field}: part ${name} uses ${usedName}, which is no part of this screen`,
        );
      }
      if (part.shared === true && used.shared !== true) {
        throw new TypeError(
          `screen ${field}: part ${name} is shared by all callers, so that it can't use ${usedName}, which is not`,
        );
      }
    }
  }
  const cycle = findCycle(parts);
  if (cycle) throw new TypeError(`screen ${field}: parts wait for each other: ${cycle.join(' → ')}`);
}

/** The names along a cycle of declared uses, first again at the end; `undefined` where there is none. */
function findCycle(parts: Readonly<Record<string, Part>>): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    if (done.has(name)) return undefined;
    const seenAt = path.indexOf(name);
    if (seenAt >= 0) return [...path.slice(seenAt), name];
    path.push(name);
    for (const used of Object.keys(parts[name]?.uses ?? {})) {
      const cycle = visit(used);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(parts)) {
    const cycle = visit(name);
    if (cycle) return cycle;
  }
  return undefined;
}

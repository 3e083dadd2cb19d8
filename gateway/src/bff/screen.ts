/**
 * A screen: the parts that one view of an app needs, under one deadline. `screen` checks the whole of it once,
 * so that the engine need not: every part that another uses is there, and none waits for itself.
 */
import { parseDuration } from '../core/duration.ts';
import { PRIORITIES, type PriorityName } from '../core/priority.ts';
import type { Duration } from './duration-text.ts';
import type { Part, UsesOf } from './part.ts';

/** A screen that says nothing of its deadline has this one, in milliseconds. */
const DEFAULT_DEADLINE_MS = 3000;

export interface Screen {
  readonly kind: 'screen';
  readonly path: string;
  readonly field: string;
  readonly scopes: readonly string[];
  readonly policies: readonly string[];
  readonly deadlineMs: number;
  /** `undefined`: as the caller's plan says. */
  readonly priority?: PriorityName | undefined;
  readonly parts: Readonly<Record<string, Part>>;
}

export interface ScreenDefinition<Parts> {
  /** Its REST address below the BFF's mount: `/dashboard`. */
  readonly path: string;
  /** Its field of `Query` in the BFF's schema: `dashboard`. */
  readonly field: string;
  /** Scopes a caller must all have. Default: none. */
  readonly scopes?: readonly string[];
  /** Names under `policies` in the configuration, all of which must let the caller pass. Default: none. */
  readonly policies?: readonly string[];
  /** By when the answer leaves, with whatever parts are there. Default: 3s. */
  readonly deadline?: Duration;
  /** How much its calls matter where a backend has not room for all. Default: as the caller's plan says. */
  readonly priority?: PriorityName;
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

const PATH = /^(\/[A-Za-z0-9._~-]+)+$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Defines a screen. Throws a `TypeError` that names what is wrong. */
export function screen<const Parts extends Readonly<Record<string, Part>>>(
  definition: ScreenDefinition<Parts & Closed<Parts>>,
): Screen {
  const { path, field, parts, scopes = [], policies = [], deadline, priority } = definition;
  const deadlineMs = deadline === undefined ? DEFAULT_DEADLINE_MS : parseDuration(deadline);
  if (!PATH.test(path)) throw new TypeError(`screen ${field}: "${path}" is no path such as /dashboard`);
  if (!NAME.test(field)) throw new TypeError(`screen ${path}: "${field}" is no name of a GraphQL field`);
  if (!(deadlineMs !== undefined && deadlineMs > 0)) {
    throw new TypeError(`screen ${field}: expected a deadline such as 800ms, not "${deadline}"`);
  }
  if (priority !== undefined && !Object.hasOwn(PRIORITIES, priority)) {
    throw new TypeError(`screen ${field}: expected the priority high, normal or low, not "${priority}"`);
  }
  checkParts(field, parts);
  return { kind: 'screen', path, field, scopes, policies, deadlineMs, priority, parts };
}

function checkParts(field: string, parts: Readonly<Record<string, Part>>): void {
  if (Object.keys(parts).length === 0) throw new TypeError(`screen ${field} has no parts`);
  for (const [name, part] of Object.entries(parts)) {
    if (!NAME.test(name)) throw new TypeError(`screen ${field}: "${name}" is no name of a part`);
    for (const [usedName, used] of Object.entries(part.uses ?? {})) {
      if (parts[usedName] !== used) {
        throw new TypeError(
          `screen ${field}: part ${name} uses ${usedName}, which is no part of this screen`,
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

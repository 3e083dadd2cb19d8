/**
 * What screens, flows and live streams have in common: where each stands on the faces of a BFF, who may ask for it,
 * and what it is told. Checked once, when the operation is defined.
 */
import { parseDuration } from '../core/duration.ts';
import { PRIORITIES, type PriorityName } from '../core/priority.ts';
import type { Duration } from './duration-text.ts';
import { Input, type InputSchema } from './input.ts';
import { type PathTemplate, parsePathTemplate } from './path-template.ts';

/** An operation that says nothing of its deadline has this one, in milliseconds. */
const DEFAULT_DEADLINE_MS = 3000;

export type OperationKind = 'screen' | 'flow' | 'live';

export interface Operation {
  readonly kind: OperationKind;
  /** Below the BFF's mount: `/orders/{id}`. */
  readonly path: string;
  readonly template: PathTemplate;
  /** Its field of the root type: `Query` for screens, `Mutation` for flows, `Subscription` for live streams. */
  readonly field: string;
  readonly scopes: readonly string[];
  readonly policies: readonly string[];
  readonly deadlineMs: number;
  /** `undefined`: as the caller's plan says. */
  readonly priority?: PriorityName | undefined;
  /** `undefined` for an operation that is told nothing. */
  readonly input: Input | undefined;
  /** By name, for descriptions. */
  readonly examples: Readonly<Record<string, OperationExample>>;
}

/** What a caller may say, and what the answer is then: checked against both schemas when the BFF is mounted. */
export interface OperationExample {
  readonly summary?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly answer?: unknown;
}

export interface OperationDefinition<Scope extends string = string> {
  /** Its REST address below the BFF's mount: `/dashboard`, `/orders/{id}`. Parameters are members of the input. */
  readonly path: string;
  /** Its field of the root type in the BFF's schema: `dashboard`. */
  readonly field: string;
  /** Scopes a caller must all have. Default: none. */
  readonly scopes?: readonly Scope[];
  /** Names under `policies` in the configuration, all of which must let the caller pass. Default: none. */
  readonly policies?: readonly string[];
  /** By when the answer leaves, with whatever is there. Default: 3s. */
  readonly deadline?: Duration;
  /** How much its calls matter where a backend has not room for all. Default: as the caller's plan says. */
  readonly priority?: PriorityName;
  /** Shown in the OpenAPI document, by name. Default: none. */
  readonly examples?: Readonly<Record<string, OperationExample>>;
}

/** Query parameters that the REST face itself reads, so that no member of an input is called so. */
export const RESERVED_PARAMETERS: ReadonlySet<string> = new Set(['fields']);

const FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Throws a `TypeError` that names what is wrong. */
export function operation<Kind extends OperationKind>(
  kind: Kind,
  definition: OperationDefinition,
  schema: InputSchema | undefined,
): Operation & { readonly kind: Kind } {
  const { path, field, scopes = [], policies = [], deadline, priority, examples = {} } = definition;
  const template = path === '/' ? undefined : parsePathTemplate(path);
  const deadlineMs = deadline === undefined ? DEFAULT_DEADLINE_MS : parseDuration(deadline);
  if (!template?.segments.every(isPlain)) {
    throw new TypeError(`${kind} ${field}: "${path}" is no path such as /dashboard or /orders/{id}`);
  }
  if (!FIELD.test(field)) throw new TypeError(`${kind} ${path}: "${field}" is no name of a GraphQL field`);
  if (!(deadlineMs !== undefined && deadlineMs > 0)) {
    throw new TypeError(`${kind} ${field}: expected a deadline such as 800ms, not "${deadline}"`);
  }
  if (priority !== undefined && !Object.hasOwn(PRIORITIES, priority)) {
    throw new TypeError(`${kind} ${field}: expected the priority high, normal or low, not "${priority}"`);
  }
  const input = schema && new Input(schema);
  for (const name of input?.members.keys() ?? []) {
    if (RESERVED_PARAMETERS.has(name)) {
      throw new TypeError(
        `${kind} ${field}: no member of an input is called ${name}, which the REST face reads`,
      );
    }
  }
  for (const name of template.names) {
    const member = input?.members.get(name);
    if (!member) throw new TypeError(`${kind} ${field}: {${name}} of ${path} is no member of its input`);
    if (member.list || member.form === 'json') {
      throw new TypeError(`${kind} ${field}: {${name}} of ${path} must be text, a number or a boolean`);
    }
  }
  return { kind, path, template, field, scopes, policies, deadlineMs, priority, input, examples };
}

/** Literal segments are unreserved characters alone, so that no route pattern is read into one. */
function isPlain({ kind, text }: PathTemplate['segments'][number]): boolean {
  return kind === 'parameter' || /^[A-Za-z0-9._~-]+$/.test(text);
}

/**
 * Faults as a test names them: by part or step, or by call; of every call, or of some in a row. A fault happens where it
 * would in earnest, at the backend's side of the client: what is asked alike is asked once, timeouts run, answers are checked.
 */
import type { Duration } from '../bff/duration-text.ts';
import { parseDuration } from '../core/duration.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type CallPlace, failureOfStatus, grpcStatus } from './fake-answer.ts';

const DRIFT: unique symbol = Symbol('drift');

/** An answer whose values are not what they were: by JSON Pointer. */
export interface DriftFault {
  readonly [DRIFT]: Readonly<Record<string, unknown>>;
}

/**
 * `timeout`: the backend never answers. `connection refused`: it is not there. `reset`: it breaks off before it did anything.
 * `lost answer`: it does its work, and the answer breaks off. `invalid`: it answers with what is no JSON. `status 503`,
 * `status UNAVAILABLE`: it says so.
 */
export type FaultKind =
  | 'timeout'
  | 'connection refused'
  | 'reset'
  | 'lost answer'
  | 'invalid'
  | `status ${number}`
  | `status ${Uppercase<string>}`
  | DriftFault
  | FrontdeskError;

/** A fault of some calls, or only their being slow. */
export interface TimedFault {
  /** Default: none, for a backend that is slow and well. */
  readonly fault?: FaultKind;
  /** So many calls go well first. Default: 0. */
  readonly after?: number;
  /** So many calls it befalls then. Default: all. */
  readonly times?: number;
  /** Passes before it happens, or before the answer comes. Default: 0ms. */
  readonly delay?: Duration;
}

/** By part, step (`payment`, `undo payment`) or call (`users GET /users/{id}`). */
export type Faults = Readonly<Record<string, FaultKind | TimedFault>>;

/**
 * An answer that is not as it was: `drift({ '/name': 7, '/items/0/price': undefined })` sets values and takes members away,
 * by JSON Pointer (RFC 6901).
 */
export function drift(changes: Readonly<Record<string, unknown>>): DriftFault {
  return { [DRIFT]: changes };
}

/** A backend that is slow: `slow('2s')`. */
export function slow(delay: Duration, more: Omit<TimedFault, 'delay'> = {}): TimedFault {
  return { ...more, delay };
}

/** What befalls one call. */
export interface Fate {
  readonly kind: FaultKind | undefined;
  readonly delayMs: number;
}

interface Rule {
  readonly name: string;
  readonly fate: Fate;
  readonly after: number;
  readonly times: number;
  seen: number;
}

/** The faults of one run, which count the calls that they have seen. */
export class FaultPlan {
  readonly #rules: readonly Rule[];

  /** Throws a `TypeError` that names what is wrong. */
  constructor(faults: Faults = {}) {
    this.#rules = Object.entries(faults).map(([name, given]) => {
      const timed = isTimed(given) ? given : { fault: given };
      const { fault, after = 0, times = Number.POSITIVE_INFINITY, delay } = timed;
      const delayMs = delay === undefined ? 0 : parseDuration(delay);
      if (delayMs === undefined) {
        throw new TypeError(`faults.${name}.delay: expected a duration such as 2s, not "${delay}"`);
      }
      if (fault !== undefined) checkKind(name, fault);
      return { name, fate: { kind: fault, delayMs }, after, times, seen: 0 };
    });
  }

  get names(): readonly string[] {
    return this.#rules.map(({ name }) => name);
  }

  /** Whether a part or step has one of its own, so that its calls are nobody else's. */
  isOf(part: string): boolean {
    return this.#rules.some(({ name }) => name === part);
  }

  /** What befalls a call: the first rule that is not over. */
  fateOf(to: string, parts: readonly string[]): Fate | undefined {
    let fate: Fate | undefined;
    for (const rule of this.#rules) {
      if (rule.name !== to && !parts.includes(rule.name)) continue;
      rule.seen += 1;
      const isDue = rule.seen > rule.after && rule.seen <= rule.after + rule.times;
      if (isDue) fate ??= rule.fate;
    }
    return fate;
  }
}

/** The error that a fault is; `undefined` for those that let the backend answer, or never answer. */
export function errorOf(kind: FaultKind | undefined, place: CallPlace): FrontdeskError | undefined {
  if (kind === undefined || isDrift(kind) || kind === 'timeout') return undefined;
  if (kind instanceof FrontdeskError) return kind;
  const detail = `${place.upstream}: ${place.call}: a fault of the test`;
  switch (kind) {
    case 'connection refused':
      return new FrontdeskError('upstream_connect', { detail });
    case 'reset':
    case 'lost answer':
      return new FrontdeskError('upstream_reset', { detail });
    case 'invalid':
      return new FrontdeskError('upstream_invalid', { detail });
    default: {
      const word = kind.slice('status '.length);
      const code = Number(word);
      if (!Number.isNaN(code)) return failureOfStatus(place, code);
      if (place.kind !== 'grpc')
        throw new TypeError(`${place.upstream} ${place.call} is no gRPC: "${kind}" is nothing to it`);
      return grpcStatus(word).of(place);
    }
  }
}

/** The answer as a drifted backend gives it. Throws a `TypeError` where it has no such place. */
export function drifted(answer: unknown, kind: FaultKind | undefined): unknown {
  if (!isDrift(kind)) return answer;
  let changed: unknown = structuredClone(answer);
  for (const [pointer, value] of Object.entries(kind[DRIFT])) changed = withValue(changed, pointer, value);
  return changed;
}

function isDrift(kind: FaultKind | TimedFault | undefined): kind is DriftFault {
  return typeof kind === 'object' && DRIFT in kind;
}

/** What a person reads of it in a table. */
export function nameOf(kind: FaultKind): string {
  if (isDrift(kind)) return `drift ${Object.keys(kind[DRIFT]).join(' ')}`;
  return kind instanceof FrontdeskError ? kind.code : kind;
}

function isTimed(given: FaultKind | TimedFault): given is TimedFault {
  return typeof given === 'object' && !(given instanceof FrontdeskError) && !isDrift(given);
}

const KINDS: ReadonlySet<string> = new Set([
  'timeout',
  'connection refused',
  'reset',
  'lost answer',
  'invalid',
]);

function checkKind(name: string, kind: FaultKind): void {
  if (typeof kind !== 'string' || KINDS.has(kind) || /^status ([3-5]\d\d|[A-Z_]+)$/.test(kind)) return;
  const known = [...KINDS].map((one) => `"${one}"`).join(', ');
  throw new TypeError(`faults.${name}: expected ${known}, "status 503" or drift({…}), not "${kind}"`);
}

function withValue(root: unknown, pointer: string, value: unknown): unknown {
  if (pointer === '') return value;
  if (!pointer.startsWith('/')) throw new TypeError(`drift: "${pointer}" is no JSON Pointer such as /name`);
  const steps = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop() ?? '';
  let at: unknown = root;
  for (const step of steps) at = isContainer(at) ? Reflect.get(at, step) : undefined;
  if (!isContainer(at)) throw new TypeError(`drift: the answer has no place ${pointer}`);
  if (value === undefined) Reflect.deleteProperty(at, last);
  else Reflect.set(at, last, value);
  return root;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

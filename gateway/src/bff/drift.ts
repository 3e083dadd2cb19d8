/**
 * Backends' answers held to a schema. What does not fit is a drift: the backend's contract and ours have parted. It is
 * told by upstream, endpoint, place and what was expected, never by the value: names of places are the schema's own, so
 * that they are few and hold nothing of anybody's.
 */
import { z } from 'zod';
import { FrontdeskError } from '../core/errors.ts';

/** A schema, and how answers are held to it. */
export interface HeldTo<Answer> {
  readonly schema: z.ZodType<Answer>;
  /** `enforce`: an answer that does not fit is none. `report`: it is told of and used as it came. Default: enforce. */
  readonly mode?: 'enforce' | 'report';
  /** Which share of the answers is looked at, above 0. The rest is used as it came. Default: 1. */
  readonly sample?: number;
}

/** A schema, or a schema and how it is held. */
export type Validate<Answer> = z.ZodType<Answer> | HeldTo<Answer>;

/** Whose answer it was. */
export interface AnswerPlace {
  /** A name under `upstreams`; empty for the value of a whole part. */
  readonly upstream: string;
  /** `GET /users/{id}`, or `part user`. */
  readonly endpoint: string;
}

export interface Drift extends AnswerPlace {
  /** JSON Pointer (RFC 6901) by the schema's names; `*` for items and for members that the schema does not name. */
  readonly pointer: string;
  /** What the schema wants there: `string`, `one of gold|silver`. */
  readonly expected: string;
  /** Whether the answer was refused for it, used as it came, or had a value that an `openEnum` did not know. */
  readonly outcome: 'refused' | 'reported' | 'unknown_value';
}

export type TellDrift = (drift: Drift) => void;

/** An answer that is not as its schema says. */
export class DriftError extends FrontdeskError {
  readonly drifts: readonly Drift[];

  constructor(place: AnswerPlace, drifts: readonly Drift[]) {
    const faults = drifts.map(({ pointer, expected }) => `${pointer || '/'}: expected ${expected}`);
    const whose = place.upstream === '' ? place.endpoint : `${place.upstream}: ${place.endpoint}`;
    super('upstream_invalid', { detail: `${whose} is not as its schema says: ${faults.join('; ')}` });
    this.drifts = drifts;
  }
}

/** Most faults of one answer that are told. */
const MAX_DRIFTS = 10;
/** Of a list of names. */
const MAX_EXPECTED_LENGTH = 100;

/** The known values of each `openEnum` that met another, while an answer is read. */
let unknownValues: string[] | undefined;

/**
 * An enumeration that may grow: a value that is not among `values` is read as `otherwise`, and counted. Anything but a
 * text is a drift, as in any enumeration.
 */
export function openEnum<const Values extends readonly string[], const Otherwise extends string>(
  values: Values,
  otherwise: Otherwise,
): z.ZodType<Values[number] | Otherwise, string> {
  const known = new Map<string, Values[number]>(values.map((value) => [value, value]));
  const named = oneOf(values);
  return z.string().transform((value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    if (value !== otherwise) unknownValues?.push(named);
    return otherwise;
  });
}

/** One schema, at one place. */
export class AnswerCheck {
  readonly #schema: z.ZodType;
  readonly #place: AnswerPlace;
  readonly #enforces: boolean;
  readonly #sample: number;
  #credit = 0;

  /** Throws a `TypeError` that names what is wrong. */
  constructor(place: AnswerPlace, validate: Validate<unknown>) {
    const { schema, mode = 'enforce', sample = 1 } = isSchema(validate) ? { schema: validate } : validate;
    const where = `${place.upstream} ${place.endpoint}`.trim();
    if (!isSchema(schema)) throw new TypeError(`${where}: validate: expected a zod schema`);
    if (mode !== 'enforce' && mode !== 'report') {
      throw new TypeError(`${where}: validate.mode: expected enforce or report, not "${mode}"`);
    }
    if (!(sample > 0 && sample <= 1)) {
      throw new TypeError(`${where}: validate.sample: expected a share above 0, 1 at most, not ${sample}`);
    }
    if (sample < 1 && transforms(schema)) {
      throw new TypeError(`${where}: validate.sample: a schema that changes values must see all of them`);
    }
    this.#schema = schema;
    this.#place = place;
    this.#enforces = mode === 'enforce';
    this.#sample = sample;
  }

  /** The answer as the schema reads it. Throws a `DriftError` where it does not fit and that is enforced. */
  read(value: unknown, tell: TellDrift | undefined): unknown {
    if (this.#sample < 1) {
      this.#credit += this.#sample;
      if (this.#credit < 1) return value;
      this.#credit -= 1;
    }
    const unknown: string[] = [];
    unknownValues = unknown;
    let result: z.ZodSafeParseResult<unknown>;
    try {
      result = this.#schema.safeParse(value);
    } finally {
      unknownValues = undefined;
    }
    for (const expected of unknown) {
      tell?.({ ...this.#place, pointer: '', expected, outcome: 'unknown_value' });
    }
    if (result.success) return result.data;
    const outcome = this.#enforces ? 'refused' : 'reported';
    const drifts = result.error.issues.slice(0, MAX_DRIFTS).map(
      (issue): Drift => ({
        ...this.#place,
        pointer: pointerIn(this.#schema, issue.path),
        expected: expectedBy(issue),
        outcome,
      }),
    );
    if (tell) for (const drift of drifts) tell(drift);
    if (this.#enforces) throw new DriftError(this.#place, drifts);
    return value;
  }
}

/** By what it can do: a package may have its own copy of zod. */
function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && 'safeParse' in value;
}

/** Whether a schema gives other values than it takes. Those that JSON has no word for are never met in answers. */
function transforms(schema: z.ZodType): boolean {
  try {
    z.toJSONSchema(schema, { io: 'output' });
    return false;
  } catch {
    return true;
  }
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return oneOf(issue.values.map(String));
    case 'invalid_format':
      return issue.format;
    case 'too_small':
      return `${issue.origin} of ${issue.minimum} at least`;
    case 'too_big':
      return `${issue.origin} of ${issue.maximum} at most`;
    case 'unrecognized_keys':
      return 'no further members';
    case 'invalid_union':
      return 'one of several shapes';
    default:
      return issue.code;
  }
}

function oneOf(values: readonly string[]): string {
  const named = `one of ${values.join('|')}`;
  return named.length > MAX_EXPECTED_LENGTH ? `${named.slice(0, MAX_EXPECTED_LENGTH)}…` : named;
}

/** A path in the schema's own words: a member that it does not name is somebody's data. */
function pointerIn(schema: z.core.$ZodType, path: readonly PropertyKey[]): string {
  let at: z.core.$ZodType | undefined = schema;
  let pointer = '';
  for (const step of path) {
    at = at && unwrapped(at);
    if (at instanceof z.ZodObject && typeof step === 'string' && Object.hasOwn(at.shape, step)) {
      pointer += `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      at = at.shape[step];
      continue;
    }
    pointer += '/*';
    at = at instanceof z.ZodArray ? at.element : at instanceof z.ZodRecord ? at.valueType : undefined;
  }
  return pointer;
}

/** What is within optional, nullable, a default and so on. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  let at = schema;
  for (let depth = 0; depth < 20; depth += 1) {
    if (at instanceof z.ZodPipe) at = at.in;
    else if (at instanceof z.ZodLazy) at = at.unwrap();
    else if (
      at instanceof z.ZodOptional ||
      at instanceof z.ZodNullable ||
      at instanceof z.ZodDefault ||
      at instanceof z.ZodPrefault ||
      at instanceof z.ZodCatch ||
      at instanceof z.ZodReadonly ||
      at instanceof z.ZodNonOptional
    )
      at = at.unwrap();
    else return at;
  }
  return at;
}

/**
 * Schemas made into functions by ajv, once, when a configuration is loaded: its code is made of the operator's own files and
 * never of anything that a client sent. What a client sends cannot make it run away: patterns are automata, lists with
 * members that must differ take linear time, schemas that try one alternative after another have a budget, and all
 * faults of a value are looked for only where it is small.
 */
import { setImmediate } from 'node:timers/promises';
import type { Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Clock } from '../core/clock.ts';
import type { Place } from './documents.ts';
import { type Fault, faultsOf, type Where } from './faults.ts';
import { FORMATS } from './formats.ts';
import { compilePattern } from './pattern.ts';
import { type BundleOptions, FORBIDDEN, SchemaBundle, VISIT } from './schema-bundle.ts';

/** Past this only the first fault of a value is looked for. */
export const ALL_FAULTS_BYTES = 16 * 1024;
/** Schemas entered by reference for one value. */
const MAX_VISITS = 200_000;
const ID = 'frontdesk:';

/** What is wrong with a value; `undefined` where nothing is. `bytes`: how large it was when it came. */
export type Check = (value: unknown, bytes: number, where: Where) => readonly Fault[] | undefined;

/** Holds schemas to the schema of schemas. */
let isSchema: Ajv2020 | undefined;

/** Work of this many milliseconds is done before others get their turn. */
const SLICE_MS = 20;

/** The schemas of one description and direction: first all are named, then all are compiled. */
export class Checks {
  readonly #bundle: SchemaBundle;
  readonly #takesAnyPattern: boolean;
  readonly #compiled = new Map<string, Check>();

  constructor(options: BundleOptions) {
    this.#bundle = new SchemaBundle(options);
    this.#takesAnyPattern = options.takesAnyPattern;
  }

  /** What holds a value to the schema at a place; to be called after `compile`. @throws DescriptionError */
  add(place: Place): Check {
    const definition = this.#bundle.add(place);
    this.#compiled.set(definition, NOT_YET);
    return (value, bytes, where) => (this.#compiled.get(definition) ?? NOT_YET)(value, bytes, where);
  }

  /** Others get their turn in between. Rejects with what ajv says of a schema that is none. */
  async compile(clock: Clock): Promise<void> {
    if (this.#compiled.size === 0) return;
    const schema = { $id: ID, $defs: this.#bundle.definitions() };
    isSchema ??= new Ajv2020({ strict: false, logger: false });
    if (isSchema.validateSchema(schema) !== true) throw new Error(isSchema.errorsText(isSchema.errors));
    const budget = { left: 0 };
    const quick = ajvOf(schema, budget, this.#takesAnyPattern, false);
    const thorough = ajvOf(schema, budget, this.#takesAnyPattern, true);
    let begun = clock.now();
    for (const definition of this.#compiled.keys()) {
      const ref = { $ref: `${ID}#/$defs/${definition}` };
      this.#compiled.set(definition, checkOf(quick.compile(ref), thorough.compile(ref), budget));
      if (clock.now() - begun < SLICE_MS) continue;
      await setImmediate();
      begun = clock.now();
    }
  }
}

const NOT_YET: Check = () => {
  throw new TypeError('a check before its schema was compiled');
};

function checkOf(isGood: ValidateFunction, findAll: ValidateFunction, budget: { left: number }): Check {
  const holds = (validate: ValidateFunction, value: unknown): boolean => {
    budget.left = MAX_VISITS;
    return validate(value);
  };
  return (value, bytes, where) => {
    try {
      if (holds(isGood, value)) return undefined;
      const isSmall = bytes <= ALL_FAULTS_BYTES;
      const errors = isSmall && !holds(findAll, value) ? findAll.errors : isGood.errors;
      return faultsOf(errors ?? [], value, where);
    } catch (error) {
      if (error !== TOO_MUCH) throw error;
      return [{ ...where, pointer: '', detail: 'takes too long to check' }];
    } finally {
      isGood.errors = null;
      findAll.errors = null;
    }
  };
}

const TOO_MUCH = new RangeError('a value that takes too long to check');

function ajvOf(
  schema: Record<string, unknown>,
  budget: { left: number },
  takesAnyPattern: boolean,
  allErrors: boolean,
): Ajv2020 {
  const regExp = Object.assign((pattern: string) => compilePattern(pattern), {
    code: 'require("./pattern.ts").compilePattern',
  });
  const options: Options = {
    allErrors,
    // A member of a prototype is no member.
    ownProperties: true,
    // `isSchema` has looked: another copy of the schema of schemas takes longer to make than what is compiled here.
    validateSchema: false,
    meta: false,
    strict: false,
    validateFormats: true,
    formats: { ...FORMATS },
    logger: false,
    ...(takesAnyPattern ? {} : { code: { regExp } }),
  };
  const ajv = new Ajv2020(options);
  for (const keyword of Object.values(FORBIDDEN)) {
    ajv.addKeyword({ keyword, schemaType: 'boolean', validate: () => false });
  }
  ajv.addKeyword({
    keyword: VISIT,
    // A keyword that fails ends the others: this must come before all that lead further.
    before: '$ref',
    schemaType: 'boolean',
    errors: false,
    validate: () => {
      budget.left -= 1;
      if (budget.left < 0) throw TOO_MUCH;
      return true;
    },
  });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (asked: boolean, items: readonly unknown[]) => !asked || areDifferent(items),
  });
  ajv.addSchema(schema);
  return ajv;
}

/** In linear time: ajv's own compares every item with every other. */
function areDifferent(items: readonly unknown[]): boolean {
  const seen = new Set<unknown>();
  for (const item of items)
    seen.add(typeof item === 'object' && item !== null ? canonical(item) : scalarKey(item));
  return seen.size === items.length;
}

function scalarKey(value: unknown): unknown {
  // A text may look like an object's canonical form.
  return typeof value === 'string' ? `"${value}` : value;
}

/** Equal for values that are equal, whatever the order of their members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`);
  return `{${members.sort().join()}}`;
}

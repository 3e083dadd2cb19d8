/**
 * Takes the schemas that are used out of a description, with all that they refer to, as one JSON Schema (2020-12): each
 * reference becomes a definition, so cycles are nothing special. On the way OpenAPI 3.0's dialect becomes 2020-12, what
 * only the other direction may carry is forbidden (`readOnly` in requests, `writeOnly` in replies), annotations are left
 * out, and what is unknown or cannot be checked is refused by its place.
 */
import type { Documents, Place } from './documents.ts';
import { FORMATS } from './formats.ts';
import { compilePattern } from './pattern.ts';
import { isRecord } from './pointer.ts';

export type Direction = 'request' | 'reply';
export type Schema = boolean | Readonly<Record<string, unknown>>;

export interface BundleOptions {
  readonly documents: Documents;
  readonly direction: Direction;
  /** OpenAPI 3.0 has a dialect of its own. */
  readonly isOldDialect: boolean;
  /** Whether keywords that are not known are refused rather than ignored. */
  readonly isStrict: boolean;
  /** Whether patterns may be what only an engine that backtracks can run. */
  readonly takesAnyPattern: boolean;
}

/** Our own keywords. */
export const FORBIDDEN = { readOnly: 'x-frontdesk-read-only', writeOnly: 'x-frontdesk-write-only' } as const;
export const VISIT = 'x-frontdesk-visit';

const MAX_DEFINITIONS = 5_000;

const ONE: ReadonlySet<string> = new Set([
  'additionalProperties',
  'items',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const LIST: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const MAP: ReadonlySet<string> = new Set(['patternProperties', 'dependentSchemas']);
const PLAIN: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'multipleOf',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxContains',
  'minContains',
  'maxProperties',
  'minProperties',
  'dependentRequired',
]);
/** They say nothing that a value could break, or were seen to already. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  'example',
  'examples',
  'externalDocs',
  'xml',
  'discriminator',
  '$comment',
  '$defs',
  'definitions',
  '$schema',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'nullable',
  '$ref',
  'properties',
  'required',
  'format',
  'pattern',
]);
const REFERENCES: ReadonlySet<string> = new Set([
  '$id',
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$vocabulary',
]);

export class SchemaBundle {
  readonly #options: BundleOptions;
  readonly #definitions = new Map<string, { readonly name: string; schema: Schema }>();

  constructor(options: BundleOptions) {
    this.#options = options;
  }

  /** The name of the definition that the schema at a place becomes. @throws DescriptionError */
  add(place: Place): string {
    const key = `${place.file}#${JSON.stringify(place.keys)}`;
    const known = this.#definitions.get(key);
    if (known) return known.name;
    if (this.#definitions.size === MAX_DEFINITIONS) {
      throw this.#options.documents.error(place, `is one of more than ${MAX_DEFINITIONS} schemas`);
    }
    const definition: { name: string; schema: Schema } = { name: `d${this.#definitions.size}`, schema: true };
    this.#definitions.set(key, definition);
    const schema = this.#schema(place);
    definition.schema = typeof schema === 'boolean' ? schema : { [VISIT]: true, ...schema };
    return definition.name;
  }

  definitions(): Record<string, Schema> {
    return Object.fromEntries(Array.from(this.#definitions.values(), ({ name, schema }) => [name, schema]));
  }

  #schema(place: Place): Schema {
    const { documents, isOldDialect, isStrict } = this.#options;
    const { value } = place;
    if (typeof value === 'boolean') return value;
    if (!isRecord(value)) throw documents.error(place, 'is no schema: expected an object, true or false');
    const made: Record<string, unknown> = {};
    if (typeof value.$ref === 'string') {
      made.$ref = `#/$defs/${this.add(documents.follow(value.$ref, place))}`;
      // Before 2020-12, a reference stands alone.
      if (isOldDialect) return made;
    }
    for (const [key, inner] of Object.entries(value)) {
      const at = documents.at(place, key);
      if (ONE.has(key)) made[key] = this.#schema(at);
      else if (LIST.has(key)) made[key] = this.#list(at);
      else if (MAP.has(key)) made[key] = this.#map(at);
      else if (PLAIN.has(key)) made[key] = inner;
      else if (REFERENCES.has(key)) {
        throw documents.error(at, 'is not supported: expected references by JSON pointer');
      } else if (isStrict && !ANNOTATIONS.has(key) && !key.startsWith('x-')) {
        throw documents.error(
          at,
          'is no keyword of JSON Schema 2020-12 or OpenAPI: a keyword of your own begins with x-',
        );
      }
    }
    this.#texts(place, value, made);
    this.#members(place, value, made);
    return isOldDialect ? modernised(made, value) : this.#noNullable(place, value, made);
  }

  #list(at: Place): Schema[] {
    if (!Array.isArray(at.value)) throw this.#options.documents.error(at, 'is no list of schemas');
    return at.value.map((_, i) => this.#schema(this.#options.documents.at(at, String(i))));
  }

  #map(at: Place): Record<string, Schema> {
    if (!isRecord(at.value)) throw this.#options.documents.error(at, 'is no map of schemas');
    const made: Record<string, Schema> = {};
    for (const key of Object.keys(at.value)) {
      const inner = this.#options.documents.at(at, key);
      if (at.keys.at(-1) === 'patternProperties') this.#checkPattern(inner, key);
      made[key] = this.#schema(inner);
    }
    return made;
  }

  #texts(place: Place, value: Readonly<Record<string, unknown>>, made: Record<string, unknown>): void {
    if (typeof value.format === 'string' && Object.hasOwn(FORMATS, value.format)) made.format = value.format;
    if (value.pattern === undefined) return;
    this.#checkPattern(this.#options.documents.at(place, 'pattern'), value.pattern);
    made.pattern = value.pattern;
  }

  #checkPattern(at: Place, pattern: unknown): void {
    const { documents, takesAnyPattern } = this.#options;
    if (typeof pattern !== 'string') throw documents.error(at, 'is no text');
    try {
      if (takesAnyPattern) new RegExp(pattern, 'u');
      else compilePattern(pattern);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'is no regular expression';
      const advice = takesAnyPattern
        ? ''
        : '; patterns: any takes what JavaScript does, in time that may run away';
      throw documents.error(at, `${why}${advice}`);
    }
  }

  /** Members of the other direction may not come, and need not. */
  #members(place: Place, value: Readonly<Record<string, unknown>>, made: Record<string, unknown>): void {
    const { documents, direction } = this.#options;
    const mark = direction === 'request' ? 'readOnly' : 'writeOnly';
    const foreign = new Set<string>();
    if (value.properties !== undefined) {
      const at = documents.at(place, 'properties');
      if (!isRecord(at.value)) throw documents.error(at, 'is no map of schemas');
      const properties: Record<string, Schema> = {};
      for (const name of Object.keys(at.value)) {
        const inner = documents.at(at, name);
        if (this.#isMarked(inner, mark)) {
          foreign.add(name);
          properties[name] = { [FORBIDDEN[mark]]: true };
        } else {
          properties[name] = this.#schema(inner);
        }
      }
      made.properties = properties;
    }
    if (!Array.isArray(value.required)) {
      if (value.required !== undefined) throw documents.error(documents.at(place, 'required'), 'is no list');
      return;
    }
    const required = value.required.filter((name) => typeof name === 'string' && !foreign.has(name));
    if (required.length > 0) made.required = required;
  }

  #isMarked(place: Place, mark: string): boolean {
    const { value } = place;
    if (!isRecord(value)) return false;
    if (value[mark] === true) return true;
    return typeof value.$ref === 'string' && this.#isMarked(this.#options.documents.resolve(place), mark);
  }

  #noNullable(place: Place, value: Readonly<Record<string, unknown>>, made: Schema): Schema {
    const { documents, isStrict } = this.#options;
    if (isStrict && value.nullable !== undefined) {
      throw documents.error(
        documents.at(place, 'nullable'),
        'is of OpenAPI 3.0: expected type: [string, "null"] and the like',
      );
    }
    return made;
  }
}

/** OpenAPI 3.0: `nullable`, and limits that are excluded by a flag. */
function modernised(made: Record<string, unknown>, { nullable }: Readonly<Record<string, unknown>>): Schema {
  for (const [flag, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (made[flag] === true && made[limit] !== undefined) {
      made[flag] = made[limit];
      delete made[limit];
    } else if (typeof made[flag] === 'boolean') {
      delete made[flag];
    }
  }
  // "nullable" adds null to the type, and to nothing that stands beside it (OpenAPI 3.0.3 §4.7.24).
  if (nullable === true && typeof made.type === 'string') made.type = [made.type, 'null'];
  return made;
}

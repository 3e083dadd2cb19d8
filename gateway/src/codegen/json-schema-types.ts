/**
 * JSON Schema, as OpenAPI 3.0 and 3.1 write it, as TypeScript. What a type can't say (patterns, ranges, `not`) is left
 * out; members that a schema does not name are not there, so that a misspelt one is seen.
 */
import type { Documents, Place } from '../validation/documents.ts';
import { isRecord } from '../validation/pointer.ts';
import { docComment, listOf, type Member, Names, objectType, quoted, typeName, union } from './ts-text.ts';

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  null: 'null',
};

export class SchemaTypes {
  readonly names: Names;
  readonly #documents: Documents;
  readonly #strip: ReadonlySet<string>;
  /** The names of schemas that were referred to, by where they stand. */
  readonly #named = new Map<string, string>();
  readonly #declared: string[] = [];

  /** `names`: those of the file. */
  constructor(documents: Documents, strip: readonly string[] = [], names = new Names()) {
    this.names = names;
    this.#documents = documents;
    this.#strip = new Set(strip);
  }

  /** What was declared so far, in order. */
  get declarations(): readonly string[] {
    return this.#declared;
  }

  /** The type of a schema; what it refers to is declared. @throws DescriptionError */
  type(place: Place, indent = ''): string {
    const schema = place.value;
    if (schema === false) return 'never';
    if (!isRecord(schema)) return 'unknown';
    if (typeof schema.$ref === 'string') return this.#reference(schema.$ref, place);
    const parts = this.#parts(place, schema, indent).filter((part) => part !== 'unknown');
    const type = parts.length === 0 ? 'unknown' : parts.length === 1 ? parts[0] : intersection(parts);
    return schema.nullable === true ? union([type ?? 'unknown', 'null']) : (type ?? 'unknown');
  }

  /** A type under a name of its own, unless it has one already. */
  named(wanted: string, place: Place, description?: unknown): string {
    const type = this.type(place);
    if (/^[A-Za-z0-9_]+$/.test(type)) return type;
    const name = this.names.take(wanted);
    this.declare(name, type, description);
    return name;
  }

  declare(name: string, type: string, description?: unknown): void {
    const isObject = type.startsWith('{') && isClosedAtEnd(type);
    const text = isObject ? `export interface ${name} ${type}\n` : `export type ${name} = ${type};\n`;
    this.#declared.push(`${docComment(description)}${text}`);
  }

  #reference(ref: string, from: Place): string {
    const place = this.#documents.follow(ref, from);
    const key = `${place.file}#${place.keys.join('/')}`;
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const file = place.file.slice(Math.max(place.file.lastIndexOf('/'), place.file.lastIndexOf('\\')) + 1);
    const name = this.names.take(typeName(place.keys.at(-1) ?? file.replace(/\..*$/, '')));
    this.#named.set(key, name);
    const at = this.#declared.length;
    const type = this.type(place);
    const inner = this.#declared.splice(at);
    this.declare(name, type, isRecord(place.value) ? place.value.description : undefined);
    this.#declared.push(...inner);
    return name;
  }

  #parts(place: Place, schema: Readonly<Record<string, unknown>>, indent: string): string[] {
    if (Array.isArray(schema.enum)) return [union(schema.enum.map(literal))];
    if ('const' in schema) return [literal(schema.const)];
    const parts = [this.#own(place, schema, indent)];
    for (const [index] of listUnder(schema, 'allOf')) {
      parts.push(this.type(this.#documents.at(place, 'allOf', String(index)), indent));
    }
    for (const key of ['oneOf', 'anyOf'] as const) {
      const branches = listUnder(schema, key).map(([index]) =>
        this.type(this.#documents.at(place, key, String(index)), indent),
      );
      if (branches.length > 0) parts.push(union(branches));
    }
    return parts;
  }

  /** By `type`, or by the keywords of one. */
  #own(place: Place, schema: Readonly<Record<string, unknown>>, indent: string): string {
    const types = Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type];
    if (types.length === 0) {
      if (isRecord(schema.properties) || 'additionalProperties' in schema)
        return this.#object(place, schema, indent);
      return 'items' in schema || 'prefixItems' in schema ? this.#list(place, schema, indent) : 'unknown';
    }
    return union(
      types.map((type) => {
        if (type === 'object') return this.#object(place, schema, indent);
        if (type === 'array') return this.#list(place, schema, indent);
        return SCALARS[String(type)] ?? 'unknown';
      }),
    );
  }

  #object(place: Place, schema: Readonly<Record<string, unknown>>, indent: string): string {
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
    if (properties.length === 0) {
      const rest = schema.additionalProperties;
      if (rest === false) return 'Readonly<Record<string, never>>';
      const value = isRecord(rest)
        ? this.type(this.#documents.at(place, 'additionalProperties'), indent)
        : 'unknown';
      return `Readonly<Record<string, ${value}>>`;
    }
    const members = properties
      .filter(([name]) => !this.#strip.has(name))
      .map(([name, property]): Member => {
        const type = this.type(this.#documents.at(place, 'properties', name), `${indent}  `);
        const description = isRecord(property) ? property.description : undefined;
        return { name, type, optional: !required.has(name), description };
      });
    return objectType(members, indent);
  }

  #list(place: Place, schema: Readonly<Record<string, unknown>>, indent: string): string {
    const heads = listUnder(schema, 'prefixItems').map(([index]) =>
      this.type(this.#documents.at(place, 'prefixItems', String(index)), indent),
    );
    const rest = 'items' in schema ? this.type(this.#documents.at(place, 'items'), indent) : 'unknown';
    if (heads.length === 0) return listOf(rest);
    return `readonly [${[...heads, ...(rest === 'never' ? [] : [`...${listOf(rest).slice('readonly '.length)}`])].join(', ')}]`;
  }
}

function listUnder(schema: Readonly<Record<string, unknown>>, key: string): [number, unknown][] {
  const list = schema[key];
  return Array.isArray(list) ? [...list.entries()] : [];
}

function intersection(parts: readonly string[]): string {
  return parts.map((part) => (/ \| /.test(part) && !part.startsWith('{') ? `(${part})` : part)).join(' & ');
}

function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  return value === null || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : 'unknown';
}

/** Whether the brace that opens a type is the one that ends it: `{ … }`, not `{ … } & { … }`. */
function isClosedAtEnd(text: string): boolean {
  const type = text.replaceAll(/\/\*\*.*?\*\/|'(?:\\.|[^'\\])*'/gs, '');
  let depth = 0;
  for (let at = 0; at < type.length; at += 1) {
    if (type[at] === '{') depth += 1;
    else if (type[at] === '}') {
      depth -= 1;
      if (depth === 0) return at === type.length - 1;
    }
  }
  return false;
}

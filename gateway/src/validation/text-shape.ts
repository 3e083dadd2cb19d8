/**
 * What a schema takes, as far as it decides how a text is read: parameters and forms are texts, and `5` is a number only
 * where one is meant. Made when a configuration is loaded.
 */
import type { Documents, Place } from './documents.ts';
import { isRecord } from './pointer.ts';

export interface TextShape {
  /** JSON Schema's names; empty where the schema takes anything. */
  readonly types: ReadonlySet<string>;
  readonly items: TextShape | undefined;
  readonly properties: ReadonlyMap<string, TextShape>;
  readonly additional: TextShape | undefined;
}

const MAX_DEPTH = 6;
const NOTHING: TextShape = {
  types: new Set(),
  items: undefined,
  properties: new Map(),
  additional: undefined,
};

/** Follows references, and looks into all the branches of a schema together. @throws DescriptionError */
export function shapeOf(documents: Documents, place: Place, depth = 0): TextShape {
  if (depth === MAX_DEPTH) return NOTHING;
  const types = new Set<string>();
  const properties = new Map<string, TextShape>();
  let items: TextShape | undefined;
  let additional: TextShape | undefined;
  const look = (at: Place, hops: number): void => {
    const { value } = at;
    if (!isRecord(value) || hops === MAX_DEPTH) return;
    if (typeof value.$ref === 'string') look(documents.follow(value.$ref, at), hops + 1);
    for (const type of typesOf(value)) types.add(type);
    for (const key of ['allOf', 'anyOf', 'oneOf']) {
      const branches = documents.at(at, key);
      const { length } = Array.isArray(branches.value) ? branches.value : [];
      for (let i = 0; i < length; i += 1) look(documents.at(branches, String(i)), hops + 1);
    }
    if (isRecord(value.items)) items ??= shapeOf(documents, documents.at(at, 'items'), depth + 1);
    if (isRecord(value.additionalProperties)) {
      additional ??= shapeOf(documents, documents.at(at, 'additionalProperties'), depth + 1);
    }
    for (const name of isRecord(value.properties) ? Object.keys(value.properties) : []) {
      if (!properties.has(name)) {
        properties.set(name, shapeOf(documents, documents.at(at, 'properties', name), depth + 1));
      }
    }
  };
  look(place, 0);
  if (types.size === 0 && properties.size > 0) types.add('object');
  if (types.size === 0 && items) types.add('array');
  return { types, items, properties, additional };
}

function typesOf({ type, enum: values, const: one, nullable }: Readonly<Record<string, unknown>>): string[] {
  const types = Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : [];
  if (nullable === true) types.push('null');
  if (types.length > 0) return types;
  const meant = Array.isArray(values) ? values : one === undefined ? [] : [one];
  return meant.map((value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value));
}

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * A text as the schema means it: numbers as JSON writes them, `true` and `false`. What is none of these stays a text, and
 * the schema says that it is wrong.
 */
export function readScalar(text: string, { types }: TextShape): unknown {
  if (types.size === 0) return text;
  if (types.has('integer') && INTEGER.test(text)) return Number(text);
  if (types.has('number') && NUMBER.test(text)) return finite(text);
  if (types.has('boolean')) {
    if (text === 'true') return true;
    if (text === 'false') return false;
  }
  if (types.has('null') && !types.has('string') && (text === '' || text === 'null')) return null;
  return text;
}

function finite(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** Members that came as texts. No prototype: a parameter may have any name. */
export function readMembers(
  pairs: Iterable<readonly [name: string, text: string]>,
  shape: TextShape,
): Record<string, unknown> {
  const value: Record<string, unknown> = Object.create(null);
  for (const [name, text] of pairs) value[name] = readScalar(text, memberShape(shape, name));
  return value;
}

export function memberShape({ properties, additional }: TextShape, name: string): TextShape {
  return properties.get(name) ?? additional ?? NOTHING;
}

export function readItems(texts: readonly string[], { items }: TextShape): unknown[] {
  return texts.map((text) => readScalar(text, items ?? NOTHING));
}

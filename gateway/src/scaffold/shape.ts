/**
 * How much of a backend's answer a first screen shows: its scalar members, and those of objects and lists right below.
 * Written three ways that must agree: GraphQL types, the code that picks them, and the example's value.
 */
import { typeName } from '../codegen/ts-text.ts';
import type { Documents, Place } from '../validation/documents.ts';
import { isRecord } from '../validation/pointer.ts';
import { typeOf } from './sample.ts';

export type Shape =
  | { readonly kind: 'scalar'; readonly type: 'String' | 'Int' | 'Float' | 'Boolean' }
  | { readonly kind: 'list'; readonly of: Shape; readonly holdsNull: boolean }
  | { readonly kind: 'object'; readonly fields: readonly ShapeField[] };

export interface ShapeField {
  readonly name: string;
  readonly shape: Shape;
  /** Whether the backend may leave it out. */
  readonly optional: boolean;
  /** Whether it may be null. */
  readonly nullable: boolean;
}

const SCALARS = { string: 'String', integer: 'Int', number: 'Float', boolean: 'Boolean' } as const;
const MAX_FIELDS = 6;
const MAX_DEPTH = 3;
/** GraphQL's Int is of 32 bits; what is wider is a Float. */
const WIDE_FORMATS: ReadonlySet<unknown> = new Set(['int64', 'uint32', 'uint64']);

/** `undefined` for what a screen can't simply show. @throws DescriptionError */
export function shapeOf(documents: Documents, at: Place, depth = 0): Shape | undefined {
  const place = documents.resolve(at);
  const schema = place.value;
  if (!isRecord(schema) || ['oneOf', 'anyOf', 'allOf', 'const'].some((key) => key in schema))
    return undefined;
  const type = typeOf(schema);
  if (type === 'array') {
    const items = documents.at(place, 'items');
    const of = isRecord(schema.items) ? shapeOf(documents, items, depth) : undefined;
    return of && of.kind !== 'list'
      ? { kind: 'list', of, holdsNull: isNullable(documents, items) }
      : undefined;
  }
  if (type === 'object') return objectShape(documents, place, depth);
  if (type === 'integer' && WIDE_FORMATS.has(schema.format)) return { kind: 'scalar', type: 'Float' };
  const scalar = Object.entries(SCALARS).find(([name]) => name === type)?.[1];
  return scalar && { kind: 'scalar', type: scalar };
}

function objectShape(documents: Documents, place: Place, depth: number): Shape | undefined {
  const schema = place.value;
  if (!isRecord(schema) || !isRecord(schema.properties) || depth === MAX_DEPTH) return undefined;
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const fields: ShapeField[] = [];
  for (const name of Object.keys(schema.properties)) {
    if (!/^[A-Za-z]\w*$/.test(name) || fields.length === MAX_FIELDS) continue;
    const member = documents.at(place, 'properties', name);
    const shape = shapeOf(documents, member, depth + 1);
    if (shape) {
      fields.push({ name, shape, optional: !required.has(name), nullable: isNullable(documents, member) });
    }
  }
  return fields.length > 0 ? { kind: 'object', fields } : undefined;
}

function isNullable(documents: Documents, at: Place): boolean {
  const { value } = documents.resolve(at);
  if (!isRecord(value)) return false;
  const inEnum = Array.isArray(value.enum) && value.enum.includes(null);
  return inEnum || value.nullable === true || (Array.isArray(value.type) && value.type.includes('null'));
}

/** Its GraphQL type's name, with the types that it needs put into `types`. */
export function graphqlType(shape: Shape, name: string, types: Map<string, string>): string {
  if (shape.kind === 'scalar') return shape.type;
  if (shape.kind === 'list') {
    return `[${graphqlType(shape.of, singular(name), types)}${shape.holdsNull ? '' : '!'}]`;
  }
  const own = typeName(name);
  types.set(own, '');
  const lines = shape.fields.map(({ name: field, shape: inner, optional, nullable }) => {
    const type = graphqlType(inner, `${own} ${field}`, types);
    return `  ${field}: ${type}${optional || nullable ? '' : '!'}\n`;
  });
  types.set(own, `type ${own} {\n${lines.join('')}}\n`);
  return own;
}

/** Code that makes the shape of `value`. */
export function pickText(shape: Shape, value: string, indent: string): string {
  if (shape.kind === 'scalar') return value;
  if (shape.kind === 'list') {
    if (shape.of.kind === 'scalar') return value;
    const picked = pickText(shape.of, 'one', indent);
    return shape.holdsNull ? `${value}.map((one) => one && ${picked})` : `${value}.map((one) => (${picked}))`;
  }
  const inner = `${indent}  `;
  const lines = shape.fields.map((field) => `${inner}${field.name}: ${memberText(field, value, inner)},\n`);
  return `{\n${lines.join('')}${indent}}`;
}

function memberText({ name, shape, optional, nullable }: ShapeField, value: string, indent: string): string {
  const member = `${value}.${name}`;
  const isPlain = shape.kind === 'scalar' || (shape.kind === 'list' && shape.of.kind === 'scalar');
  if (!optional && !nullable) return pickText(shape, member, indent);
  if (isPlain) return optional ? `${member} ?? null` : member;
  return `${member} ? ${pickText(shape, member, indent)} : null`;
}

/** What `pickText` makes of a value. */
export function picked(shape: Shape, value: unknown): unknown {
  if (shape.kind === 'scalar') return value ?? null;
  if (shape.kind === 'list') return Array.isArray(value) ? value.map((one) => picked(shape.of, one)) : null;
  if (!isRecord(value)) return null;
  return Object.fromEntries(shape.fields.map(({ name, shape: inner }) => [name, picked(inner, value[name])]));
}

function singular(name: string): string {
  return name.endsWith('ies') ? `${name.slice(0, -3)}y` : name.replace(/(?<=[^s])s$/, '');
}

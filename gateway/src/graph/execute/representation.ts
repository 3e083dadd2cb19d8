/**
 * The JSON text that stands for an entity: its type and the fields that a fetch requires. The text is both the
 * key by which equal entities are found and the bytes that are sent. One function is generated for each type.
 */

import { quote } from '../answer/text.ts';
import type { InputRewrite, RequiredSelection, RewriteSegment } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { generate, literal, readKey } from './codegen.ts';
import { type DataObject, getOwn, isDataObject } from './data.ts';
import { Failure } from './failure.ts';

/**
 * Text, or why there is none: a `Failure` where a field that it needs has failed, `undefined` where the entity
 * is not known well enough to ask (a field never came, or all are null).
 */
export type Represent = (object: DataObject) => string | Failure | undefined;

/**
 * Tells equal entities without making their texts. `key` is a value that two equal ones share, where it is text;
 * `same` compares all that their representations hold. Says yes only where the texts are equal, and no where it
 * does not know.
 */
export interface Likeness {
  readonly key: (object: DataObject) => unknown;
  readonly same: (a: DataObject, b: DataObject) => boolean;
}

/** For representations of leaves only, the same for every type; `undefined` for others. */
export function compileLikeness(requires: readonly RequiredSelection[]): Likeness | undefined {
  const names = new Set(['__typename']);
  let first: string | undefined;
  for (const selection of requires) {
    for (const field of selection.kind === 'fragment' ? selection.selections : [selection]) {
      if (field.kind !== 'field' || field.selections.length > 0) return undefined;
      names.add(field.name);
      if (field.name !== '__typename') first ??= field.name;
    }
  }
  if (first === undefined) return undefined;
  // Objects (custom scalars) and absent values are alike only where they are one: left to the texts.
  const equal = [...names].map((name) => `${readKey('a', name)}===${readKey('b', name)}`).join('&&');
  const made = generate(`return {key:(o)=>${readKey('o', first)},same:(a,b)=>${equal}};`, { own: getOwn });
  return isLikeness(made) ? made : undefined;
}

function isLikeness(value: unknown): value is Likeness {
  return typeof value === 'object' && value !== null && 'key' in value && 'same' in value;
}

/** What a representation needs, compiled for each type that may stand at the place. */
export function compileRepresentation(
  requires: readonly RequiredSelection[],
  rewrites: readonly InputRewrite[],
  types: TypeIndex,
): Represent {
  const byType = new Map<string, Represent>();
  const conditions = requires.flatMap((selection) => (selection.kind === 'fragment' ? [selection.type] : []));
  const rewritten = rewrites.flatMap(({ path: [first] }) => (first?.kind === 'type' ? first.types : []));
  for (const type of types.matching([...conditions, ...rewritten])) {
    let fields = fieldsFor(requires, type, types);
    if (fields.length === 0 && requires[0]?.kind === 'fragment') {
      // Asked for under its interface's name, a type needs that interface's key, which is the same for all of its
      // types: the planner may name one of them only.
      fields = fieldsFor(requires[0].selections, type, types);
    }
    byType.set(type, compileType(fields, typenameFor(type, rewrites, types), types));
  }
  return (object) => {
    const typename = object.__typename;
    if (typename instanceof Failure) return typename;
    if (typeof typename !== 'string') return undefined;
    return byType.get(typename)?.(object);
  };
}

type RequiredField = Extract<RequiredSelection, { kind: 'field' }>;

/** The fields of a selection that hold for a type; a field that is named twice counts once, with all below it. */
function fieldsFor(
  selections: readonly RequiredSelection[],
  type: string,
  types: TypeIndex,
): RequiredField[] {
  const fields = new Map<string, RequiredField>();
  const add = (list: readonly RequiredSelection[]): void => {
    for (const selection of list) {
      if (selection.kind === 'fragment') {
        if (types.matching([selection.type]).has(type)) add(selection.selections);
        continue;
      }
      const known = fields.get(selection.as);
      const below = known ? [...known.selections, ...selection.selections] : selection.selections;
      fields.set(selection.as, { ...selection, selections: below });
    }
  };
  add(selections);
  return [...fields.values()];
}

/** An interface object is asked for under its interface's name: the planner says so by a rewrite. */
function typenameFor(type: string, rewrites: readonly InputRewrite[], types: TypeIndex): string {
  for (const { path, value } of rewrites) {
    const key = path.at(-1);
    const conditions = path.slice(0, -1);
    if (key?.kind !== 'key' || key.name !== '__typename') continue;
    if (conditions.every((segment) => holds(segment, type, types))) return value;
  }
  return type;
}

function holds(segment: RewriteSegment, type: string, types: TypeIndex): boolean {
  return segment.kind === 'type' && types.matching(segment.types).has(type);
}

function compileType(fields: readonly RequiredField[], typename: string, types: TypeIndex): Represent {
  const sent = fields.filter((field) => field.as !== '__typename');
  const nested: ((value: unknown) => string | Failure | undefined)[] = [];
  let body = '';
  for (const field of sent) {
    const other = field.selections.length > 0 ? `nested[${nested.length}]` : 'leaf';
    if (field.selections.length > 0) nested.push((value) => nestedText(value, field.selections, types));
    const prefix = literal(`,${JSON.stringify(field.as)}:`);
    body += `v=${readKey('o', field.name)};
if(typeof v==="string")s+=${prefix}+quote(v);
else if(typeof v==="number")s+=${prefix}+v;
else{x=${other}(v);if(typeof x!=="string")return x;if(x==="null")nulls++;s+=${prefix}+x;}
`;
  }
  const open = literal(`{"__typename":${JSON.stringify(typename)}`);
  const source = `return function(o){let s=${open},nulls=0,v,x;
${body}return nulls===${sent.length}&&nulls>0?undefined:s+"}";}`;
  return asRepresent(generate(source, { quote, leaf: leafText, nested, own: getOwn }));
}

function asRepresent(made: unknown): Represent {
  if (typeof made !== 'function') throw new TypeError('generated code is not a function');
  return (object) => made(object);
}

function leafText(value: unknown): string | Failure | undefined {
  if (value === undefined || value instanceof Failure) return value;
  return (Array.isArray(value) ? failureWithin(value) : undefined) ?? JSON.stringify(value);
}

/** A list of leaves is required whole: one that failed fails what needs the list. */
function failureWithin(list: readonly unknown[]): Failure | undefined {
  for (const item of list) {
    const found = Array.isArray(item) ? failureWithin(item) : item;
    if (found instanceof Failure) return found;
  }
  return undefined;
}

/** An object or a list of objects within a representation. */
function nestedText(
  value: unknown,
  selections: readonly RequiredSelection[],
  types: TypeIndex,
): string | Failure | undefined {
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    const items: string[] = [];
    for (const item of value) {
      const text = nestedText(item, selections, types);
      if (typeof text !== 'string') return text;
      items.push(text);
    }
    return `[${items.join(',')}]`;
  }
  if (!isDataObject(value)) return leafText(value);
  const typename = value.__typename;
  const members: string[] = [];
  for (const field of fieldsOf(selections, typename, types)) {
    const member = getOwn(value, field.name);
    const text = field.selections.length > 0 ? nestedText(member, field.selections, types) : leafText(member);
    if (typeof text !== 'string') return text;
    members.push(`${JSON.stringify(field.as)}:${text}`);
  }
  return `{${members.join(',')}}`;
}

function fieldsOf(
  selections: readonly RequiredSelection[],
  typename: unknown,
  types: TypeIndex,
): readonly RequiredField[] {
  return fieldsFor(selections, typeof typename === 'string' ? typename : '', types);
}

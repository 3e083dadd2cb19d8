/**
 * How parameters are written as text (OpenAPI 3.1 §4.8.12.4, "Style Values" and "Style Examples"; RFC 6570): each style read
 * back into a value. Texts are cut before they are decoded, so that an encoded comma is never a separator.
 */
import { memberShape, readItems, readMembers, readScalar, type TextShape } from './text-shape.ts';

export type Style =
  | 'matrix'
  | 'label'
  | 'simple'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'deepObject';

export interface Styled {
  readonly name: string;
  readonly style: Style;
  readonly explode: boolean;
  readonly shape: TextShape;
}

export type Reading = { readonly value: unknown } | { readonly wrong: string };

/** Pairs of a query, a form or a `Cookie` field, in order, as they came. */
export type RawPairs = readonly (readonly [name: string, value: string])[];

type Decode = (text: string) => string;

/** Members that one parameter may have: more are no parameter of sense, and would have to be kept. */
const MAX_PARTS = 1_000;

/** A whole text: a path's segment or a header field. @throws URIError for what is encoded wrongly */
export function readText(raw: string, { name, style, explode, shape }: Styled, decode: Decode): Reading {
  if (style === 'label') {
    if (!raw.startsWith('.')) return { wrong: 'expected a text that begins with .' };
    return delimited(raw.slice(1), explode ? '.' : ',', explode, shape, decode);
  }
  if (style === 'matrix') return matrix(raw, name, explode, shape, decode);
  return delimited(raw, ',', explode, shape, decode);
}

function matrix(raw: string, name: string, explode: boolean, shape: TextShape, decode: Decode): Reading {
  if (!raw.startsWith(';')) return { wrong: 'expected a text that begins with ;' };
  const pairs = raw.slice(1).split(';').map(pairOf);
  if (explode && kindOf(shape) === 'object') return members(pairs, shape, decode);
  if (!pairs.every(([key]) => decode(key) === name)) return { wrong: `expected ;${name}=` };
  if (explode && kindOf(shape) === 'array')
    return list(
      pairs.map(([, text]) => text),
      shape,
      decode,
    );
  const [[, text] = ['', '']] = pairs;
  return pairs.length > 1 ? { wrong: 'is given more than once' } : delimited(text, ',', false, shape, decode);
}

function delimited(
  raw: string,
  separator: string | RegExp,
  explode: boolean,
  shape: TextShape,
  decode: Decode,
): Reading {
  const kind = kindOf(shape);
  if (kind === 'scalar') return { value: readScalar(decode(raw), shape) };
  const parts = raw === '' ? [] : raw.split(separator, MAX_PARTS + 1);
  if (kind === 'array') return list(parts, shape, decode);
  if (explode) return members(parts.map(pairOf), shape, decode);
  if (parts.length % 2 === 1) return { wrong: 'expected names and values in turn' };
  const pairs: [string, string][] = [];
  for (let i = 0; i < parts.length; i += 2) pairs.push([parts[i] ?? '', parts[i + 1] ?? '']);
  return members(pairs, shape, decode);
}

function list(parts: readonly string[], shape: TextShape, decode: Decode): Reading {
  if (parts.length > MAX_PARTS) return { wrong: `has more than ${MAX_PARTS} items` };
  return { value: readItems(parts.map(decode), shape) };
}

function members(pairs: RawPairs, shape: TextShape, decode: Decode): Reading {
  if (pairs.length > MAX_PARTS) return { wrong: `has more than ${MAX_PARTS} members` };
  const decoded = pairs.map(([name, text]) => [decode(name), decode(text)] as const);
  if (new Set(decoded.map(([name]) => name)).size < decoded.length) return { wrong: 'has a member twice' };
  return { value: readMembers(decoded, shape) };
}

const SPACES = /%20|\+| /;
const PIPES = /%7[Cc]|\|/;

/**
 * One parameter of a query (or of cookies, or a form's field), out of all pairs. `names` gets the names that were it;
 * `undefined` where it is absent. @throws URIError
 */
export function readPairs(
  pairs: RawPairs,
  styled: Styled,
  decode: Decode,
  names: Set<string>,
): Reading | undefined {
  const { name, style, explode, shape } = styled;
  const kind = kindOf(shape);
  if (style === 'deepObject') return deepObject(pairs, styled, decode, names);
  if (kind === 'object' && explode) return explodedObject(pairs, styled, decode, names);
  const own = pairs.filter(([key]) => decode(key) === name).map(([, value]) => value);
  if (own.length === 0) return undefined;
  names.add(name);
  if (kind === 'array' && explode) return list(own, shape, decode);
  const [text = ''] = own;
  if (own.length > 1) return { wrong: 'is given more than once' };
  const separator = style === 'spaceDelimited' ? SPACES : style === 'pipeDelimited' ? PIPES : ',';
  return delimited(text, separator, false, shape, decode);
}

/** `R=100&G=200`: the members stand by themselves, so those are it that its schema knows. */
function explodedObject(
  pairs: RawPairs,
  { shape }: Styled,
  decode: Decode,
  names: Set<string>,
): Reading | undefined {
  const own = pairs.filter(([key]) => shape.properties.has(decode(key)));
  for (const [key] of own) names.add(decode(key));
  return own.length === 0 ? undefined : members(own, shape, decode);
}

/** `color[R]=100`: one level, as OpenAPI defines it; `color[R]` more than once is a list where the schema has one. */
function deepObject(
  pairs: RawPairs,
  { name, shape }: Styled,
  decode: Decode,
  names: Set<string>,
): Reading | undefined {
  const value: Record<string, unknown> = Object.create(null);
  const texts = new Map<string, string[]>();
  for (const [key, text] of pairs) {
    const whole = decode(key);
    if (!whole.startsWith(`${name}[`)) continue;
    names.add(whole);
    const member = whole.slice(name.length + 1, -1);
    if (!whole.endsWith(']') || /[[\]]/.test(member)) return { wrong: `expected members as ${name}[name]` };
    if (texts.size > MAX_PARTS) return { wrong: `has more than ${MAX_PARTS} members` };
    const before = texts.get(member);
    if (before) before.push(decode(text));
    else texts.set(member, [decode(text)]);
  }
  if (texts.size === 0) return undefined;
  for (const [member, [text = '', ...more]] of texts) {
    const inner = memberShape(shape, member);
    if (kindOf(inner) === 'array') value[member] = readItems([text, ...more], inner);
    else if (more.length > 0) return { wrong: 'has a member twice' };
    else value[member] = readScalar(text, inner);
  }
  return { value };
}

/** The name and the text around the first `=`. */
function pairOf(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** As a query or a form is cut (WHATWG URL, `application/x-www-form-urlencoded`). */
export function rawPairs(query: string): RawPairs;
/** `undefined` where there are more than `max`. */
export function rawPairs(query: string, max: number): RawPairs | undefined;
export function rawPairs(query: string, max = Number.POSITIVE_INFINITY): RawPairs | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (let start = 0; start < query.length; ) {
    const end = query.indexOf('&', start);
    const pair = query.slice(start, end < 0 ? undefined : end);
    if (pair !== '') pairs.push(pairOf(pair));
    if (pairs.length > max) return undefined;
    start = end < 0 ? query.length : end + 1;
  }
  return pairs;
}

export function kindOf({ types }: TextShape): 'object' | 'array' | 'scalar' {
  return types.has('array') ? 'array' : types.has('object') ? 'object' : 'scalar';
}

/** Of a query or a form: `+` is a space. @throws URIError */
export function decodeForm(text: string): string {
  return decodeText(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** @throws URIError */
export function decodeText(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text;
}

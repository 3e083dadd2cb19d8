/** Holds the parameters of a request to what is said of them: path, query, header fields and cookies. */
import type { HeaderFields } from '../core/headers.ts';
import { type Fault, MAX_FAULTS, type Where } from './faults.ts';
import { readJson } from './json-body.ts';
import type { Operation, Parameter, ParameterGroup } from './operation.ts';
import {
  decodeForm,
  decodeText,
  kindOf,
  type RawPairs,
  type Reading,
  rawPairs,
  readPairs,
  readText,
} from './style.ts';
import { memberShape, readItems, readScalar, type TextShape } from './text-shape.ts';

export interface ParametersSource {
  /** Percent-encoded, as they came. */
  readonly params: Readonly<Record<string, string>>;
  /** Without its `?`. */
  readonly query: string;
  readonly headers: HeaderFields;
}

/** All faults, up to the most that are listed. */
export function checkParameters(operation: Operation, source: ParametersSource): Fault[] {
  const faults: Fault[] = [];
  const known = new Set<string>();
  const query = rawPairs(source.query);
  let cookies: RawPairs | undefined;
  for (const parameter of operation.parameters) {
    if (parameter.in === 'cookie') {
      cookies ??= cookiePairs(source.headers);
      // The name of a cookie makes none of the query known.
      faults.push(...checkOne(parameter, source, cookies, new Set()));
    } else faults.push(...checkOne(parameter, source, query, known));
  }
  for (const group of operation.groups) faults.push(...checkGroup(group, source, query, known));
  if (operation.refusesUnknownQuery) {
    for (const [raw] of query) {
      const name = decodedOr(raw);
      if (!known.has(name))
        faults.push({ in: 'query', parameter: shortName(name), pointer: '', detail: 'is not known here' });
      if (faults.length > MAX_FAULTS) break;
    }
  }
  return faults;
}

function checkOne(
  parameter: Parameter,
  source: ParametersSource,
  pairs: RawPairs,
  known: Set<string>,
): readonly Fault[] {
  const where: Where = { in: parameter.in, parameter: parameter.name };
  let reading: Reading | undefined;
  try {
    reading = read(parameter, source, pairs, known);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    reading = { wrong: 'is not percent-encoded UTF-8' };
  }
  if (!reading) return parameter.required ? [{ ...where, pointer: '', detail: 'is required' }] : [];
  if ('wrong' in reading) return [{ ...where, pointer: '', detail: reading.wrong }];
  if (parameter.allowEmpty && reading.value === '') return [];
  return parameter.check(reading.value, 0, where) ?? [];
}

function read(
  parameter: Parameter,
  { params, headers }: ParametersSource,
  pairs: RawPairs,
  known: Set<string>,
): Reading | undefined {
  const { name, style } = parameter;
  if (parameter.in === 'path' || parameter.in === 'header') {
    const isPath = parameter.in === 'path';
    const raw = isPath ? (Object.hasOwn(params, name) ? params[name] : undefined) : fieldOf(headers, name);
    const decode = isPath ? decodeText : trimmed;
    if (raw === undefined) return undefined;
    return style === 'json' ? jsonText(decode(raw)) : readText(raw, { ...parameter, style }, decode);
  }
  // A cookie is no form: its `+` is one.
  const decode = parameter.in === 'cookie' ? decodeText : decodeForm;
  if (style !== 'json') return readPairs(pairs, { ...parameter, style }, decode, known);
  const own = pairs.filter(([key]) => decode(key) === name);
  if (own.length > 0) known.add(name);
  if (own.length > 1) return { wrong: 'is given more than once' };
  return own[0] && jsonText(decode(own[0][1]));
}

function jsonText(text: string): Reading {
  const reading = readJson(Buffer.from(text));
  return 'wrong' in reading ? { wrong: reading.wrong } : reading;
}

/** The parameters of one place as an object, held to one schema. */
function checkGroup(
  { in: place, shape, check }: ParameterGroup,
  { params, headers }: ParametersSource,
  query: RawPairs,
  known: Set<string>,
): readonly Fault[] {
  const value: Record<string, unknown> = Object.create(null);
  try {
    if (place === 'path') {
      for (const [name, raw] of Object.entries(params))
        value[name] = readScalar(decodeText(raw), memberShape(shape, name));
    } else if (place === 'header') {
      for (const name of shape.properties.keys()) {
        const text = fieldOf(headers, name);
        if (text !== undefined) value[name] = readScalar(text, memberShape(shape, name));
      }
    } else {
      const wrong = readQuery(query, shape, value);
      for (const name of Object.keys(value)) if (shape.properties.has(name)) known.add(name);
      if (wrong !== undefined)
        return [{ in: place, parameter: shortName(wrong), pointer: '', detail: 'is given more than once' }];
    }
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return [{ in: place, pointer: '', detail: 'is not percent-encoded UTF-8' }];
  }
  return (check(value, 0, { in: place }) ?? []).map(({ pointer, detail }) => {
    const [, name, ...rest] = pointer.split('/');
    const inner = rest.map((token) => `/${token}`).join('');
    return name === undefined
      ? { in: place, pointer, detail }
      : { in: place, parameter: name.replaceAll('~1', '/').replaceAll('~0', '~'), pointer: inner, detail };
  });
}

/** The name of a parameter that may come once and came again; `undefined` where all is well. */
function readQuery(query: RawPairs, shape: TextShape, value: Record<string, unknown>): string | undefined {
  const texts = new Map<string, string[]>();
  for (const [key, text] of query) {
    const name = decodeForm(key);
    const before = texts.get(name);
    if (before) before.push(decodeForm(text));
    else texts.set(name, [decodeForm(text)]);
  }
  for (const [name, [text = '', ...more]] of texts) {
    const inner = memberShape(shape, name);
    if (kindOf(inner) === 'array') value[name] = readItems([text, ...more], inner);
    else if (more.length > 0) return name;
    else value[name] = readScalar(text, inner);
  }
  return undefined;
}

/** Several fields of one name are one list (RFC 9110 §5.2). */
function fieldOf(headers: HeaderFields, name: string): string | undefined {
  const { flat } = headers;
  let value: string | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] === name) value = value === undefined ? flat[i + 1] : `${value},${flat[i + 1]}`;
  }
  return value;
}

function cookiePairs(headers: HeaderFields): RawPairs {
  return headers
    .getAll('cookie')
    .flatMap((field) => field.split(';'))
    .map((pair): readonly [string, string] => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair.trim(), ''] : [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
    });
}

/** Around the commas of a field there may be white space (RFC 9110 §5.6.1). */
function trimmed(text: string): string {
  return text.trim();
}

function decodedOr(raw: string): string {
  try {
    return decodeForm(raw);
  } catch {
    return raw;
  }
}

function shortName(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

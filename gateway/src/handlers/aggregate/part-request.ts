/**
 * What a part asks its backend for, made of templates. A value is percent-encoded and can neither add a segment to the
 * path nor end it: what would, a slash or a dot segment, is refused. The host is the upstream's alone.
 */
import { FrontdeskError } from '../../core/errors.ts';
import { canonicalPath } from '../../core/path.ts';
import { encodeFieldValue } from '../../wire/header-rules.ts';
import { isJsonObject, type JsonObject, setMember } from '../../wire/json/json-value.ts';
import {
  fillText,
  fillValue,
  type PartTemplate,
  type Place,
  parsePartTemplate,
  placesOf,
  type TemplateSource,
} from './part-template.ts';

/** As it is written in the configuration. */
export interface WrittenRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** As it is sent. */
export interface PartRequest {
  /** Path and query. */
  readonly path: string;
  /** `undefined` where there are none. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** `undefined` sends none. */
  readonly body: unknown;
}

export interface CompiledRequest {
  /** Every place of every template. */
  readonly places: readonly Place[];
  /** Throws what `fillText` throws. */
  make(source: TemplateSource): PartRequest;
}

/** A fault of a template, and where it is: `['query', 'page']`. */
export interface TemplateFault {
  readonly path: PropertyKey[];
  readonly message: string;
}

type Report = (path: PropertyKey[], message: string) => void;
type Json = (source: TemplateSource) => unknown;

/** A member of a JSON template that is left out. */
const LEFT_OUT = Symbol('left out');

/** Faults go to `report`; what is answered is of no use then. */
export function compileRequest(
  written: WrittenRequest,
  parts: ReadonlySet<string>,
  report: Report,
): CompiledRequest {
  const places: Place[] = [];
  const parse = (text: string, at: PropertyKey[]): PartTemplate => {
    const template = parseReporting(text, parts, at, report);
    places.push(...placesOf(template));
    return template;
  };
  const { path: pathText, query: queryText } = splitAddress(written.path);
  const path = parse(pathText, ['path']);
  // One that could not be read is reported already.
  if (path.length > 0) checkPath(path, pathText, report);
  const query = [
    ...inlineQuery(queryText, report).map(([name, text]) => ({ name, value: parse(text, ['path']) })),
    ...Object.entries(written.query).map(([name, text]) => ({ name, value: parse(text, ['query', name]) })),
  ];
  const fields = Object.entries(written.headers).map(([name, text]) => ({
    name,
    value: parse(text, ['headers', name]),
  }));
  const body = written.body === undefined ? undefined : compileJson(written.body, ['body'], parse);
  return {
    places,
    make(source) {
      const made = body?.(source);
      return {
        path: fillPath(path, source) + fillQuery(query, source),
        headers: fillFields(fields, source),
        body: made === LEFT_OUT ? undefined : made,
      };
    },
  };
}

/** Variables of an operation, as a JSON template. */
export function compileVariables(
  written: Readonly<Record<string, unknown>>,
  parts: ReadonlySet<string>,
  report: Report,
): { readonly places: readonly Place[]; make(source: TemplateSource): JsonObject } {
  const places: Place[] = [];
  const make = compileJson(written, ['graph', 'variables'], (text, at) => {
    const template = parseReporting(text, parts, at, report);
    places.push(...placesOf(template));
    return template;
  });
  return {
    places,
    make: (source) => {
      const made = make(source);
      return isJsonObject(made) ? made : {};
    },
  };
}

function parseReporting(
  text: string,
  parts: ReadonlySet<string>,
  at: PropertyKey[],
  report: Report,
): PartTemplate {
  try {
    return parsePartTemplate(text, parts);
  } catch (error) {
    report(at, error instanceof Error ? error.message : String(error));
    return [];
  }
}

/** At the first `?` that stands in no braces. */
function splitAddress(text: string): { readonly path: string; readonly query: string } {
  let isInside = false;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i];
    if (character === '{') isInside = true;
    else if (character === '}') isInside = false;
    else if (character === '?' && !isInside) return { path: text.slice(0, i), query: text.slice(i + 1) };
  }
  return { path: text, query: '' };
}

/** The fixed part of a path must be good by itself: only values are looked at later. */
function checkPath(template: PartTemplate, written: string, report: Report): void {
  if (!written.startsWith('/') || written.startsWith('//')) {
    report(['path'], 'expected a path that begins with one /');
    return;
  }
  const lost = placesOf(template).find(({ optional }) => optional);
  if (lost) report(['path'], `{${lost.name}?} may be missing, and a path is nothing without it`);
  try {
    canonicalPath(template.map((piece) => (typeof piece === 'string' ? piece : 'x')).join(''));
  } catch (error) {
    report(['path'], error instanceof FrontdeskError ? (error.detail ?? error.message) : String(error));
  }
}

const QUERY_NAME = /^[A-Za-z0-9._~!$'()*,;:@/?%[\]-]+$/;

function inlineQuery(text: string, report: Report): [name: string, template: string][] {
  if (text === '') return [];
  return text.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (!QUERY_NAME.test(name)) report(['path'], `expected name=value behind the ?, not "${pair}"`);
    return [name, equals < 0 ? '' : pair.slice(equals + 1)];
  });
}

function fillPath(template: PartTemplate, source: TemplateSource): string {
  const path = fillText(template, source, encodeValue) ?? '/';
  try {
    return canonicalPath(path);
  } catch (error) {
    const detail = `a value is no part of a path: ${error instanceof FrontdeskError ? error.detail : error}`;
    const isBackends = placesOf(template).some(({ isPart }) => isPart);
    throw new FrontdeskError(isBackends ? 'upstream_invalid' : 'bad_request', { detail, cause: error });
  }
}

function encodeValue(value: string): string {
  if (value.isWellFormed()) return encodeURIComponent(value);
  throw new FrontdeskError('bad_request', { detail: 'a value is no Unicode text' });
}

interface NamedTemplate {
  readonly name: string;
  readonly value: PartTemplate;
}

function fillQuery(query: readonly NamedTemplate[], source: TemplateSource): string {
  let text = '';
  for (const { name, value } of query) {
    const filled = fillText(value, source, encodeValue);
    if (filled === undefined) continue;
    text += `${text === '' ? '?' : '&'}${name}=${filled}`;
  }
  return text;
}

function fillFields(
  fields: readonly NamedTemplate[],
  source: TemplateSource,
): Readonly<Record<string, string>> | undefined {
  let made: Record<string, string> | undefined;
  for (const { name, value } of fields) {
    const filled = fillText(value, source, encodeFieldValue);
    if (filled === undefined) continue;
    made ??= {};
    made[name] = filled;
  }
  return made;
}

/** Text within is a template; keys are as they are written. */
function compileJson(
  value: unknown,
  at: PropertyKey[],
  parse: (text: string, at: PropertyKey[]) => PartTemplate,
): Json {
  if (typeof value === 'string') {
    const template = parse(value, at);
    const isOptional = placesOf(template).some(({ optional }) => optional);
    return (source) => {
      const filled = fillValue(template, source);
      return filled === undefined && isOptional ? LEFT_OUT : filled;
    };
  }
  if (Array.isArray(value)) {
    const items = value.map((item, i) => compileJson(item, [...at, i], parse));
    return (source) => items.map((item) => item(source)).filter((item) => item !== LEFT_OUT);
  }
  if (!isJsonObject(value)) return () => value;
  const members = Object.entries(value).map(
    ([name, one]) => [name, compileJson(one, [...at, name], parse)] as const,
  );
  return (source) => {
    const object: JsonObject = {};
    for (const [name, make] of members) {
      const made = make(source);
      if (made !== LEFT_OUT) setMember(object, name, made);
    }
    return object;
  };
}

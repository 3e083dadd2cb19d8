/**
 * Values in what a part asks for: text with `{params.id}`, `{query.page}`, `{identity.subject}`, `{body.user.id}` and
 * the values of other parts, `{user.id}`. `{query.page?}` may be missing: what it stands in is left out then. Any other
 * value that is missing is an error, so that nothing is ever asked for by half an address.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import { ExactNumber, isJsonObject, member } from '../../wire/json/json-value.ts';
import { type Source, sourceOf, splitTemplate } from '../../wire/json/value-template.ts';

/** What values are taken from. */
export interface TemplateSource {
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** The request's body as JSON; `undefined` where no part reads it. */
  readonly body: unknown;
  /** What the parts that are used were answered. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** A place in a text. */
export interface Place {
  readonly name: string;
  readonly optional: boolean;
  /** What it is a value of: a part's name, or `params`, `query`, `headers`, `identity`, `body`, … */
  readonly root: string;
  readonly isPart: boolean;
  readonly read: (source: TemplateSource) => unknown;
}

export type PartTemplate = readonly (string | Place)[];

/** Names that no part can have, because they are others' already. */
export const ROOTS: readonly string[] = [
  'params',
  'query',
  'headers',
  'identity',
  'body',
  'request',
  'client',
  'time',
];

/** Throws `RangeError` for lost braces and for names that are neither a part's nor known. */
export function parsePartTemplate(text: string, parts: ReadonlySet<string>): PartTemplate {
  return splitTemplate(text).map((piece) => (typeof piece === 'string' ? piece : placeOf(piece.name, parts)));
}

export function placesOf(template: PartTemplate): Place[] {
  return template.filter((piece) => typeof piece !== 'string');
}

function placeOf(written: string, parts: ReadonlySet<string>): Place {
  const optional = written.endsWith('?');
  const name = optional ? written.slice(0, -1) : written;
  const [root = '', ...path] = name.split('.');
  const place = { name, optional, root };
  if (path.every((step) => step !== '')) {
    if (root === 'body') return { ...place, isPart: false, read: ({ body }) => valueAt(body, path) };
    if (parts.has(root)) {
      return { ...place, isPart: true, read: ({ values }) => valueAt(values.get(root), path) };
    }
  }
  const source: Source | undefined = sourceOf(name);
  if (source) return { ...place, isPart: false, read: ({ exchange, clock }) => source(exchange, clock) };
  throw new RangeError(
    ROOTS.includes(root)
      ? `nothing is called {${written}}`
      : `nothing is called {${written}}; parts are ${[...parts].join(', ')}; a request has ${ROOTS.join(', ')}`,
  );
}

/** What names lead to. Digits pick an item of a list; any other name goes through it, to a list of what it finds. */
export function valueAt(value: unknown, path: readonly string[], at = 0): unknown {
  const step = path[at];
  if (step === undefined || value === undefined) return value;
  if (isJsonObject(value)) return valueAt(member(value, step), path, at + 1);
  if (!Array.isArray(value)) return undefined;
  if (/^(0|[1-9]\d{0,8})$/.test(step)) return valueAt(value[Number(step)], path, at + 1);
  const found: unknown[] = [];
  for (const item of value) {
    const one = valueAt(item, path, at);
    if (Array.isArray(one)) found.push(...one);
    else if (one !== undefined && one !== null) found.push(one);
  }
  return found;
}

/**
 * The text, each value passed through `encode`; lists are joined by commas. `undefined` where a value is missing that
 * may be. Throws where one is missing otherwise: by what the client said (`bad_request`, `unauthenticated`,
 * `forbidden`), or by what a part was answered (`upstream_invalid`). An empty text or list, `null` and an object are
 * missing too: none of them is a part of an address.
 */
export function fillText(
  template: PartTemplate,
  source: TemplateSource,
  encode: (value: string) => string,
): string | undefined {
  let text = '';
  for (const piece of template) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const filled = asText(piece.read(source), encode);
    if (filled === undefined || filled === '') {
      if (piece.optional) return undefined;
      throw missing(piece, source);
    }
    text += filled;
  }
  return text;
}

/** The value of its own type where the template is one place; text otherwise. */
export function fillValue(template: PartTemplate, source: TemplateSource): unknown {
  const [only] = template;
  if (template.length !== 1 || only === undefined || typeof only === 'string') {
    return fillText(template, source, (text) => text);
  }
  const value = only.read(source);
  if (value !== undefined || only.optional) return value;
  throw missing(only, source);
}

function asText(value: unknown, encode: (value: string) => string): string | undefined {
  if (typeof value === 'string') return encode(value);
  if (typeof value === 'number' || typeof value === 'boolean') return encode(String(value));
  if (value instanceof ExactNumber) return encode(value.text);
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item) => asText(item, encode));
  return items.includes(undefined) ? undefined : items.join(',');
}

function missing({ name, root, isPart }: Place, { exchange }: TemplateSource): FrontdeskError {
  const detail = `{${name}} has no value`;
  if (isPart) return new FrontdeskError('upstream_invalid', { detail });
  if (root === 'identity')
    return new FrontdeskError(exchange.identity ? 'forbidden' : 'unauthenticated', { detail });
  return new FrontdeskError('bad_request', { detail, members: { reason: `${name} is missing` } });
}

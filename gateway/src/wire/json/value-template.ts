/**
 * Values made of a request: text with `{params.id}`, `{headers.x-version}`, `{query.page}`, `{identity.subject}`,
 * `{identity.claims.org}`, `{request.id}`, `{client.address}` or `{time.iso}` in it, compiled once. `{{` and `}}` are
 * braces. Nothing is evaluated but these names; an unknown one is a configuration error.
 */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { CallContext, Exchange } from '../../core/exchange.ts';

/** What values are taken from. Calls without a client's request have but the first. */
export type TemplateContext = CallContext &
  Partial<Pick<Exchange, 'headers' | 'query' | 'route' | 'method' | 'path'>>;

export type Source = (context: TemplateContext, clock: Clock) => unknown;

const FIXED_NAMES: Readonly<Record<string, Source>> = {
  'identity.subject': ({ identity }) => identity?.subject,
  'identity.tenant': ({ identity }) => identity?.tenant,
  'identity.consumer': ({ identity }) => identity?.consumer,
  'identity.plan': ({ identity }) => identity?.plan,
  'identity.scheme': ({ identity }) => identity?.scheme,
  'identity.roles': ({ identity }) => identity && [...identity.roles],
  'identity.scopes': ({ identity }) => identity && [...identity.scopes],
  'request.id': ({ id }) => id,
  'request.method': ({ method }) => method,
  'request.path': ({ path }) => path,
  'request.host': ({ host }) => host,
  'client.address': ({ client }) => client?.address,
  'client.scheme': ({ client }) => client?.scheme,
  'time.iso': (_context, clock) => new Date(clock.wall()).toISOString(),
  'time.epoch': (_context, clock) => Math.floor(clock.wall() / 1000),
  'time.epochMs': (_context, clock) => Math.floor(clock.wall()),
};

/** What a call knows that no client's request caused. */
const CALL_NAMES = /^(identity\.|request\.(id|host)$|client\.|time\.)/;

const MAX_TEMPLATE_CHARS = 1024;

/** Where a name's value comes from; `undefined` for names that are none. */
export function sourceOf(name: string): Source | undefined {
  if (Object.hasOwn(FIXED_NAMES, name)) return FIXED_NAMES[name];
  const dot = name.indexOf('.');
  const key = name.slice(dot + 1);
  if (dot < 0 || key === '') return undefined;
  switch (name.slice(0, dot)) {
    case 'params':
      return ({ route }) => route && decoded(own(route.params, key));
    case 'headers': {
      const field = key.toLowerCase();
      return ({ headers }) => headers?.get(field);
    }
    case 'query':
      return ({ query }) => (query ? (new URLSearchParams(query).get(key) ?? undefined) : undefined);
    case 'identity': {
      const claim = key.startsWith('claims.') ? key.slice('claims.'.length) : '';
      return claim === '' ? undefined : ({ identity }) => identity && own(identity.claims, claim);
    }
    default:
      return undefined;
  }
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Parameters are kept as they came; `match` has seen to it that they are well-formed. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'string' || !value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

export interface Template {
  /** Texts and sources in turn. */
  readonly parts: readonly (string | Source)[];
  /** The names that it asks for. */
  readonly names: readonly string[];
}

/** Texts and names in turn. Throws `RangeError` for lost braces. */
export function splitTemplate(text: string): (string | { readonly name: string })[] {
  const pieces: (string | { readonly name: string })[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] ?? '';
    if ((character === '{' || character === '}') && text[i + 1] === character) {
      literal += character;
      i += 1;
    } else if (character === '}') throw new RangeError('a } without its {; a brace itself is }}');
    else if (character === '{') {
      const end = text.indexOf('}', i);
      if (end < 0) throw new RangeError('a { without its }; a brace itself is {{');
      if (literal !== '') pieces.push(literal);
      literal = '';
      pieces.push({ name: text.slice(i + 1, end) });
      i = end;
    } else literal += character;
  }
  if (literal !== '' || pieces.length === 0) pieces.push(literal);
  return pieces;
}

/** Throws `RangeError` for unknown names and lost braces. */
export function parseTemplate(text: string): Template {
  const names: string[] = [];
  const parts = splitTemplate(text).map((piece) => {
    if (typeof piece === 'string') return piece;
    const source = sourceOf(piece.name);
    if (!source) throw new RangeError(unknownName(piece.name));
    names.push(piece.name);
    return source;
  });
  return { parts, names };
}

function unknownName(name: string): string {
  const known = [
    'params.NAME',
    'headers.NAME',
    'query.NAME',
    'identity.claims.NAME',
    ...Object.keys(FIXED_NAMES),
  ];
  return `nothing is called {${name}}; known are ${known.join(', ')}`;
}

/** The value of its own type where the template is one name; text otherwise. `undefined` where a name has none. */
export function compileValue(text: string): (context: TemplateContext, clock: Clock) => unknown {
  const { parts } = parseTemplate(text);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return typeof only === 'string' ? () => only : only;
  const whole = compileText(text, (value) => value);
  return whole;
}

/**
 * Text, each value passed through `encode`. Lists are joined by commas; `undefined` where a name has no value, or one
 * that is an object.
 */
export function compileText(
  text: string,
  encode: (value: string) => string,
): (context: TemplateContext, clock: Clock) => string | undefined {
  const { parts } = parseTemplate(text);
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'string') return () => only;
  return (context, clock) => {
    let result = '';
    for (const part of parts) {
      if (typeof part === 'string') result += part;
      else {
        const value = asText(part(context, clock));
        if (value === undefined) return undefined;
        result += encode(value);
      }
    }
    return result;
  };
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  const items = value.map(asText);
  return items.includes(undefined) ? undefined : items.join(',');
}

/** The names a text asks for; none where it is no template, which is reported where it stands. */
export function templateNames(text: string): readonly string[] {
  try {
    return parseTemplate(text).names;
  } catch {
    return [];
  }
}

function template(isAllowed: (name: string) => boolean, whatIsThere: string): z.ZodString {
  return z
    .string()
    .max(MAX_TEMPLATE_CHARS)
    .superRefine((text, context) => {
      try {
        const lost = parseTemplate(text).names.find((name) => !isAllowed(name));
        if (lost === undefined) return;
        context.addIssue({ code: 'custom', message: `there is no {${lost}} here: ${whatIsThere}` });
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      }
    });
}

/** On a route. */
export const requestTemplate = template(() => true, '');

/** On an upstream, which BFFs and the graph call too. */
export const callTemplate = template(
  (name) => CALL_NAMES.test(name),
  'an upstream knows identity, request.id, request.host, client and time',
);

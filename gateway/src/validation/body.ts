/** Holds the body of a request to what is said of it: its media type before it is read, then its value. */
import { FrontdeskError } from '../core/errors.ts';
import type { HeaderFields } from '../core/headers.ts';
import { parseMediaType } from '../wire/media-type.ts';
import type { Fault } from './faults.ts';
import { readJson } from './json-body.ts';
import { type BodyRule, type Operation, ruleFor } from './operation.ts';
import { decodeForm, kindOf, type RawPairs, rawPairs, readPairs } from './style.ts';
import { memberShape } from './text-shape.ts';

const BODY = { in: 'body' } as const;
/** Fields of a form. */
const MAX_PAIRS = 1_000;

/** The rule for the body that a request declares. @throws FrontdeskError `unsupported_media_type` */
export function bodyRule(operation: Operation, method: string, headers: HeaderFields): BodyRule | undefined {
  const { bodies } = operation;
  if (!bodies) return undefined;
  const type =
    headers.count('content-type') === 1 ? parseMediaType(headers.get('content-type') ?? '') : undefined;
  const rule = type && ruleFor(bodies, type.essence);
  if (!type || !rule) throw unsupported(bodies, method, 'a body of another type');
  if (rule.kind !== 'unread' && !isUtf8(type.parameters.get('charset'))) {
    throw unsupported(bodies, method, 'a body in another character set');
  }
  return rule;
}

function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || charset.toLowerCase() === 'utf-8' || charset.toLowerCase() === 'utf8';
}

/** RFC 9110 §15.5.16: what would have been taken. */
export function unsupported(bodies: readonly BodyRule[], method: string, detail: string): FrontdeskError {
  const types = bodies.map(({ range }) => range).join(', ');
  const field = method === 'PATCH' ? 'accept-patch' : 'accept-post';
  return new FrontdeskError('unsupported_media_type', {
    detail,
    headers: [
      ['accept', types],
      ...(method === 'POST' || method === 'PATCH' ? ([[field, types]] as const) : []),
    ],
  });
}

export type BodyVerdict = readonly Fault[] | 'other encoding';

/** What is wrong with the bytes; empty where nothing is. */
export function checkBody(rule: BodyRule, bytes: Uint8Array): BodyVerdict {
  const { kind, check } = rule;
  if (!check) return [];
  const reading = kind === 'json' ? readJson(bytes) : readPlain(bytes);
  if ('wrong' in reading)
    return reading.isEncoding ? 'other encoding' : [{ ...BODY, pointer: '', detail: reading.wrong }];
  if (kind === 'form') return checkForm(rule, String(reading.value), bytes.length);
  return check(reading.value, bytes.length, BODY) ?? [];
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readPlain(bytes: Uint8Array): ReturnType<typeof readJson> {
  try {
    return { value: utf8.decode(bytes) };
  } catch {
    return { wrong: 'is not UTF-8', isEncoding: true };
  }
}

/** `application/x-www-form-urlencoded` (OpenAPI 3.1 §4.8.14.4): an object whose members are texts, lists, or JSON. */
function checkForm({ shape, encoding, check }: BodyRule, text: string, bytes: number): readonly Fault[] {
  const wrong = (pointer: string, detail: string): readonly Fault[] => [{ ...BODY, pointer, detail }];
  const pairs = rawPairs(text, MAX_PAIRS);
  if (!pairs) return wrong('', `has more than ${MAX_PAIRS} fields`);
  const value: Record<string, unknown> = Object.create(null);
  const known = new Set<string>();
  try {
    const byName = new Map<string, RawPairs[number][]>();
    for (const pair of pairs) {
      const name = decodeForm(pair[0]);
      const before = byName.get(name);
      if (before) before.push(pair);
      else byName.set(name, [pair]);
    }
    const names = new Set([...shape.properties.keys(), ...byName.keys()]);
    for (const name of names) {
      const { style, explode } = encoding.get(name) ?? { style: 'form', explode: true };
      const inner = memberShape(shape, name);
      const isJson = kindOf(inner) === 'object' && !encoding.has(name);
      const own =
        style === 'deepObject' || (kindOf(inner) === 'object' && explode && !isJson)
          ? pairs
          : (byName.get(name) ?? []);
      if (known.has(name)) continue;
      const usual = isJson ? { ...inner, types: new Set<string>() } : inner;
      const reading = readPairs(own, { name, style, explode, shape: usual }, decodeForm, known);
      if (!reading) continue;
      if ('wrong' in reading) return wrong(`/${name}`, reading.wrong);
      value[name] = isJson ? jsonMember(reading.value) : reading.value;
    }
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return wrong('', 'is not percent-encoded UTF-8');
  }
  return check?.(value, bytes, BODY) ?? [];
}

/** The text itself where it is no JSON: then the schema says what is wrong. */
function jsonMember(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const reading = readJson(Buffer.from(text));
  return 'wrong' in reading ? text : reading.value;
}

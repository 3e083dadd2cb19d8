/**
 * Rules for header fields, applied in this order whatever the order in the file: `remove`, `rename`, `set`, `add`.
 * Values are templates. What a value brings can never end a field or begin another (RFC 9110 §5.5): control characters,
 * whatever is not ASCII, `%`, and spaces at an end are percent-encoded. A value of which a part is missing sets nothing.
 * Fields that frame a message, belong to the connection or say who is asking cannot be set.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { HeaderFields } from '../core/headers.ts';
import { fieldName } from '../settings/settings.ts';
import { isHopByHop } from './hop-by-hop.ts';
import { callTemplate, compileText, requestTemplate, type TemplateContext } from './json/value-template.ts';
import { bareName, COMMONLY_TRUSTED, FORWARDING_FIELDS } from './trust/trusted-fields.ts';

const FRAMING = [
  'content-length',
  'content-encoding',
  'content-range',
  'transfer-encoding',
  'trailer',
  'host',
];
const GATEWAYS_OWN = ['x-request-id', 'x-trace-id', 'via'];
const CREDENTIALS = ['authorization', 'cookie', 'dpop', 'x-api-key', 'proxy-authorization'];

const framing = new Set(FRAMING);
const ownOfReplies = new Set(GATEWAYS_OWN);
const ownOfRequests = new Set(
  [...GATEWAYS_OWN, ...COMMONLY_TRUSTED, ...FORWARDING_FIELDS, 'traceparent', 'tracestate', 'expect'].map(
    bareName,
  ),
);
const credentials = new Set(CREDENTIALS.map(bareName));

type Direction = 'request' | 'response';

/** Why a field of this lower-case name cannot be set; `undefined` where it can. */
function settingFault(direction: Direction, name: string): string | undefined {
  if (isHopByHop(name) || framing.has(name)) return `"${name}" frames the message: it cannot be set`;
  if (direction === 'response') {
    return ownOfReplies.has(name) ? `"${name}" is the gateway's own: it cannot be set` : undefined;
  }
  if (ownOfRequests.has(bareName(name)))
    return `"${name}" is what backends trust: the gateway alone says it, by identityHeaders and what it knows`;
  if (credentials.has(bareName(name)))
    return `"${name}" is a credential: see credentials and forward of the upstream`;
  return undefined;
}

/** Printable ASCII: what may stand in a field as it is written. */
const LITERAL = /^[\x20-\x7e]*$/;

function headerRules(direction: Direction, template: z.ZodString) {
  const value = template.refine((text) => LITERAL.test(text), { message: 'expected printable ASCII' });
  return z
    .strictObject({
      remove: z.array(fieldName).max(64).default([]).describe('Fields that are taken away'),
      rename: z.record(fieldName, fieldName).default({}).describe('Old name → new name, values unchanged'),
      set: z.record(fieldName, value).default({}).describe('Name → the one value, whatever came'),
      add: z.record(fieldName, value).default({}).describe('Name → a further value beside those that came'),
    })
    .superRefine((rules, context) => checkHeaderRules(direction, rules, context));
}

function checkHeaderRules(direction: Direction, rules: HeaderRules, context: z.RefinementCtx): void {
  const fault = (path: PropertyKey[], message: string | undefined): void => {
    if (message !== undefined) context.addIssue({ code: 'custom', path, message });
  };
  for (const [i, name] of rules.remove.entries()) {
    if (isHopByHop(name) || framing.has(name)) fault(['remove', i], `"${name}" frames the message: it stays`);
  }
  const targets = new Set<string>();
  for (const [from, to] of Object.entries(rules.rename)) {
    fault(['rename', from], settingFault(direction, to) ?? settingFault(direction, from));
    if (targets.has(to)) fault(['rename', from], `another field is renamed to "${to}" already`);
    targets.add(to);
  }
  for (const name of Object.keys(rules.set)) {
    fault(['set', name], settingFault(direction, name));
    if (targets.has(name)) fault(['set', name], `a field is renamed to "${name}" already`);
  }
  for (const name of Object.keys(rules.add)) fault(['add', name], settingFault(direction, name));
}

/** Why a request's field of this lower-case name cannot be set; `undefined` where it can. */
export function requestFieldFault(name: string): string | undefined {
  return settingFault('request', name);
}

export const requestHeaderRules = headerRules('request', requestTemplate);
export const callHeaderRules = headerRules('request', callTemplate);
export const responseHeaderRules = headerRules('response', requestTemplate);

export interface HeaderRules {
  readonly remove: readonly string[];
  readonly rename: Readonly<Record<string, string>>;
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
}

/** Changes the fields in place; templates speak of `context`. */
export type ApplyHeaderRules = (headers: HeaderFields, context: TemplateContext, clock: Clock) => void;

/** `undefined` where there is nothing to do. */
export function compileHeaderRules(rules: HeaderRules | undefined): ApplyHeaderRules | undefined {
  if (!rules) return undefined;
  const { remove } = rules;
  const renames = new Map(Object.entries(rules.rename));
  const values = [...compiled(rules.set, true), ...compiled(rules.add, false)];
  if (remove.length === 0 && renames.size === 0 && values.length === 0) return undefined;
  return (headers, context, clock) => {
    // Values speak of the fields as they came.
    const made = values.map(({ make }) => make(context, clock));
    for (const name of remove) headers.delete(name);
    if (renames.size > 0) rename(headers, renames);
    for (const [i, { name, replaces }] of values.entries()) {
      const value = made[i];
      if (replaces) headers.delete(name);
      if (value !== undefined) headers.append(name, value);
    }
  };
}

interface CompiledValue {
  readonly name: string;
  readonly replaces: boolean;
  readonly make: (context: TemplateContext, clock: Clock) => string | undefined;
}

function compiled(fields: Readonly<Record<string, string>>, replaces: boolean): CompiledValue[] {
  return Object.entries(fields).map(([name, text]) => ({
    name,
    replaces,
    make: compileText(text, encodeFieldValue),
  }));
}

/** All at once, by the names that came; fields that came under a new name give way. */
function rename(headers: HeaderFields, renames: ReadonlyMap<string, string>): void {
  const given = headers.flat.slice();
  const taken = new Set<string>();
  for (let i = 0; i < given.length; i += 2) {
    const to = renames.get(given[i] ?? '');
    if (to !== undefined) taken.add(to);
  }
  if (taken.size === 0) return;
  headers.flat.length = 0;
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i] ?? '';
    const to = renames.get(name);
    if (to === undefined && taken.has(name)) continue;
    headers.append(to ?? name, given[i + 1] ?? '');
  }
}

const SPACE = 0x20;
const PERCENT = 0x25;
const TILDE = 0x7e;

/** What cannot stand in a field's value, percent-encoded. */
export function encodeFieldValue(value: string): string {
  const last = value.length - 1;
  for (let i = 0; i <= last; i += 1) {
    const code = value.charCodeAt(i);
    if (code > SPACE && code <= TILDE && code !== PERCENT) continue;
    if (code === SPACE && i > 0 && i < last) continue;
    return encodeSlowly(value);
  }
  return value;
}

function encodeSlowly(value: string): string {
  const bytes = Buffer.from(value);
  let encoded = '';
  for (const [i, byte] of bytes.entries()) {
    const isPlain = byte > SPACE && byte <= TILDE && byte !== PERCENT;
    const isInnerSpace = byte === SPACE && i > 0 && i < bytes.length - 1;
    encoded +=
      isPlain || isInnerSpace
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

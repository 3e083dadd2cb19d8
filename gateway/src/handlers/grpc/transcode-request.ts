/**
 * One request message out of a path, a query and a body, as JSON that the codec then checks (google/api/http.proto).
 * A value has one place: what the path says, the query may not say again, and a body may not contradict.
 */

import { type FieldPath, type HttpBinding, resolveFieldPath } from '../../protobuf/http-rule.ts';
import type { TemplateValues } from '../../protobuf/http-template.ts';
import { hasOwnJson, isWrapper } from '../../protobuf/json-encoder.ts';
import { inside, ProtoJsonError } from '../../protobuf/json-error.ts';
import type { FieldPlan, ValuePlan } from '../../protobuf/plan.ts';

type JsonObject = Record<string, unknown>;

/** What a request says beside its body. Throws `ProtoJsonError` for a query that the message has no place for. */
export function bindPathAndQuery(binding: HttpBinding, values: TemplateValues, query: string): JsonObject {
  const message: JsonObject = {};
  for (const [i, path] of binding.variables.entries()) place(message, path, values[i] ?? '');
  if (query === '') return message;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const key = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : pair.slice(at + 1);
    inside(key, () => bindParameter(binding, message, key, decode(value)));
  }
  return message;
}

function bindParameter(binding: HttpBinding, message: JsonObject, key: string, text: string): void {
  const { method, body, variables } = binding;
  const path = body === '*' ? undefined : resolveFieldPath(method.request, key.split('.'));
  const field = path?.at(-1);
  if (!path || !field || path[0] === body || !isParameter(field)) {
    throw new ProtoJsonError('is no parameter of this request');
  }
  if (variables.some((bound) => bound.length === path.length && bound.every((one, i) => one === path[i]))) {
    throw new ProtoJsonError('is said by the path');
  }
  place(message, path, text);
}

/** Puts the body's JSON in its place beside what path and query said. Throws `ProtoJsonError`. */
export function bindBody(binding: HttpBinding, bound: JsonObject, body: unknown): JsonObject {
  const { body: field, variables } = binding;
  if (field === undefined) return bound;
  if (field === '*') {
    if (!isObject(body)) throw new ProtoJsonError('expected an object');
    merge(body, bound, variables);
    return body;
  }
  // `patch: "/v1/{book.name=shelves/*}" body: "book"`: the path says a part of what the body is.
  const within = variables.filter(([first]) => first === field).map((path) => path.slice(1));
  const said = Object.hasOwn(bound, field.name) ? bound[field.name] : undefined;
  if (within.length > 0 && isObject(said)) {
    inside(field.name, () => {
      if (!isObject(body)) throw new ProtoJsonError('expected an object');
      merge(body, said, within);
    });
  }
  define(bound, field.name, body);
  return bound;
}

/** What is bound goes into the body; the body may say it too, but nothing else. */
function merge(body: JsonObject, bound: JsonObject, variables: readonly FieldPath[]): void {
  // Of a stream, the first message alone has something bound.
  if (Object.keys(bound).length === 0) return;
  for (const path of variables) {
    let from: unknown = bound;
    let into = body;
    for (const [i, field] of path.entries()) {
      from = isObject(from) ? from[field.name] : undefined;
      const name = Object.hasOwn(into, field.jsonName) ? field.jsonName : field.name;
      const said = Object.hasOwn(into, name) ? into[name] : undefined;
      if (i < path.length - 1) {
        if (said === undefined || said === null) define(into, name, {});
        const inner = into[name];
        if (!isObject(inner)) throw new ProtoJsonError('expected an object').within(name);
        into = inner;
      } else if (said === undefined || said === null) {
        define(into, name, from);
      } else if (String(said) !== String(from)) {
        throw new ProtoJsonError('contradicts the path').within(
          path.map(({ jsonName }) => jsonName).join('.'),
        );
      }
    }
  }
}

/** Text of a path or a query at the place of its field. */
function place(message: JsonObject, path: FieldPath, text: string): void {
  let into = message;
  for (const field of path.slice(0, -1)) {
    const known = into[field.name];
    if (isObject(known)) into = known;
    else {
      const made: JsonObject = {};
      define(into, field.name, made);
      into = made;
    }
  }
  const field = path.at(-1);
  if (!field) return;
  const value = jsonOf(field.value, text);
  const before = into[field.name];
  if (field.shape === 'repeated') {
    if (Array.isArray(before)) before.push(value);
    else define(into, field.name, [value]);
  } else {
    if (before !== undefined) throw new ProtoJsonError('is given twice');
    define(into, field.name, value);
  }
}

/** Scalars, enums, and the messages that JSON has as text. */
function isParameter({ shape, value }: FieldPlan): boolean {
  if (shape === 'map') return false;
  if (value.kind !== 'message') return true;
  const name = value.message.fullName.slice(16);
  return (
    hasOwnJson(value.message) && (isWrapper(name) || ['Timestamp', 'Duration', 'FieldMask'].includes(name))
  );
}

/** Text as the JSON that the codec takes: numbers may be text there, but flags may not. */
function jsonOf(value: ValuePlan, text: string): unknown {
  if (value.kind === 'enum') return /^-?\d{1,10}$/.test(text) ? Number(text) : text;
  if (value.kind === 'message') {
    const wrapped = isWrapper(value.message.fullName.slice(16))
      ? value.message.byName.get('value')
      : undefined;
    return wrapped ? jsonOf(wrapped.value, text) : text;
  }
  if (value.scalar !== 'bool') return text;
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new ProtoJsonError('expected true or false');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ProtoJsonError('is badly encoded').within(text.slice(0, 64));
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Defines rather than assigns: `__proto__` is a name like any other. */
function define(object: JsonObject, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

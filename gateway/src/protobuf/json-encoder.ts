/**
 * JSON values to messages on the wire, by ProtoJSON (protobuf.dev/programming-guides/json), strictly: a member that
 * the type does not have, a value that its field cannot hold, a field written twice or two of one `oneof` are refused
 * with the member's path.
 *
 * Invariant: what it writes, every parser of the type reads; nothing is written twice.
 */
import { inside, ProtoJsonError } from './json-error.ts';
import type { EnumPlan, FieldPlan, MessagePlan, ValuePlan } from './plan.ts';
import { isDefault, keyJson, wireTypeOf, writeScalar } from './scalar-json.ts';
import { parseDuration, parseFieldMask, parseTimestamp, type Seconds } from './well-known-json.ts';
import { WIRE_64, WIRE_LENGTH, WIRE_VARINT, WireWriter } from './wire-writer.ts';

/** As deep as other implementations go. */
export const MAX_DEPTH = 100;

/** The type of a full name, for `Any`; `undefined` where the schema has none. */
export type FindType = (fullName: string) => MessagePlan | undefined;

/** Throws `ProtoJsonError`. `findType` is asked for the types within `google.protobuf.Any`. */
export function encodeJson(plan: MessagePlan, json: unknown, findType: FindType): Uint8Array {
  const encoder = new Encoder(findType);
  encoder.message(plan, json, 1);
  return encoder.writer.finish();
}

type JsonObject = Readonly<Record<string, unknown>>;

class Encoder {
  readonly writer = new WireWriter();
  readonly #findType: FindType;

  constructor(findType: FindType) {
    this.#findType = findType;
  }

  message(plan: MessagePlan, json: unknown, depth: number): void {
    if (depth > MAX_DEPTH) throw new ProtoJsonError(`expected no more than ${MAX_DEPTH} levels`);
    const { fullName } = plan;
    if (fullName.startsWith('google.protobuf.') && this.#wellKnown(plan, fullName.slice(16), json, depth))
      return;
    this.#fields(plan, objectOf(json), depth);
  }

  #fields(plan: MessagePlan, json: JsonObject, depth: number): void {
    const seen = new Set<FieldPlan | string>();
    for (const [name, value] of Object.entries(json)) {
      const field = plan.byName.get(name);
      if (!field) throw new ProtoJsonError('is not a member of this message').within(name);
      if (seen.has(field)) throw new ProtoJsonError('is given twice, by both of its names').within(name);
      seen.add(field);
      if (value === null && !holdsNull(field)) continue;
      inside(name, () => {
        if (field.oneof !== undefined) {
          if (seen.has(field.oneof)) throw new ProtoJsonError(`is the second of "${field.oneof}"`);
          seen.add(field.oneof);
        }
        this.#field(field, value, depth);
      });
    }
    for (const field of plan.fields) {
      if (field.required && !seen.has(field)) throw new ProtoJsonError('is required').within(field.jsonName);
    }
  }

  #field(field: FieldPlan, json: unknown, depth: number): void {
    if (field.shape === 'map') this.#map(field, json, depth);
    else if (field.shape === 'repeated') this.#list(field, json, depth);
    else if (field.hasPresence || !isDefaultOf(field.value, json))
      this.#tagged(field.number, field.value, json, depth);
  }

  #tagged(number: number, value: ValuePlan, json: unknown, depth: number): void {
    this.writer.tag(number, wireOf(value));
    this.#value(value, json, depth);
  }

  #value(value: ValuePlan, json: unknown, depth: number): void {
    if (value.kind === 'scalar') writeScalar(this.writer, value.scalar, json);
    else if (value.kind === 'enum') this.writer.int32(enumNumber(value.enum, json));
    else this.writer.delimited(() => this.message(value.message, json, depth + 1));
  }

  #list({ number, value, packed }: FieldPlan, json: unknown, depth: number): void {
    if (!Array.isArray(json)) throw new ProtoJsonError('expected a list');
    const items: readonly unknown[] = json;
    const write = (item: unknown, i: number): void =>
      inside(i, () => {
        if (item === null && !isJsonNull(value)) throw new ProtoJsonError('expected a value, not null');
        if (packed) this.#value(value, item, depth);
        else this.#tagged(number, value, item, depth);
      });
    if (!packed) {
      for (const [i, item] of items.entries()) write(item, i);
    } else if (items.length > 0) {
      this.writer.tag(number, WIRE_LENGTH);
      this.writer.delimited(() => {
        for (const [i, item] of items.entries()) write(item, i);
      });
    }
  }

  #map({ number, key = 'string', value }: FieldPlan, json: unknown, depth: number): void {
    for (const [name, item] of Object.entries(objectOf(json))) {
      inside(name, () => {
        if (item === null && !isJsonNull(value)) throw new ProtoJsonError('expected a value, not null');
        this.writer.tag(number, WIRE_LENGTH);
        this.writer.delimited(() => {
          this.writer.tag(1, wireTypeOf(key));
          writeScalar(this.writer, key, keyJson(key, name));
          this.#tagged(2, value, item, depth);
        });
      });
    }
  }

  /** Whether the type is one that JSON has in a form of its own; then it is written. */
  #wellKnown(plan: MessagePlan, name: string, json: unknown, depth: number): boolean {
    switch (name) {
      case 'Timestamp':
        this.#seconds(parseTimestamp(json));
        return true;
      case 'Duration':
        this.#seconds(parseDuration(json));
        return true;
      case 'FieldMask':
        for (const path of parseFieldMask(json)) {
          this.writer.tag(1, WIRE_LENGTH);
          this.writer.string(path);
        }
        return true;
      case 'Struct':
        this.#fields(plan, { fields: objectOf(json) }, depth);
        return true;
      case 'ListValue':
        this.#fields(plan, { values: json }, depth);
        return true;
      case 'Value':
        this.#jsonValue(plan, json, depth);
        return true;
      case 'Any':
        this.#any(objectOf(json), depth);
        return true;
      default:
        if (!isWrapper(name)) return false;
        this.#fields(plan, { value: json }, depth);
        return true;
    }
  }

  #seconds({ seconds, nanos }: Seconds): void {
    if (seconds !== 0n) {
      this.writer.tag(1, WIRE_VARINT);
      this.writer.uint64(seconds);
    }
    if (nanos !== 0) {
      this.writer.tag(2, WIRE_VARINT);
      this.writer.int32(nanos);
    }
  }

  #jsonValue(plan: MessagePlan, json: unknown, depth: number): void {
    if (json === null) {
      this.writer.tag(1, WIRE_VARINT);
      this.writer.uint32(0);
    } else if (typeof json === 'number' || typeof json === 'bigint') {
      if (!Number.isFinite(Number(json)))
        throw new ProtoJsonError('expected a number within the range of its type');
      this.writer.tag(2, WIRE_64);
      this.writer.double(Number(json));
    } else {
      const member = memberOf(json);
      this.#fields(plan, { [member]: json }, depth);
    }
  }

  #any(json: JsonObject, depth: number): void {
    const keys = Object.keys(json);
    if (keys.length === 0) return;
    const { '@type': url, ...rest } = json;
    if (typeof url !== 'string' || !url.includes('/')) {
      throw new ProtoJsonError('expected a type such as type.googleapis.com/package.Message').within('@type');
    }
    const plan = this.#findType(url.slice(url.lastIndexOf('/') + 1));
    if (!plan) throw new ProtoJsonError('names a type that the schema does not have').within('@type');
    let content: unknown = rest;
    if (hasOwnJson(plan)) {
      const { value, ...more } = rest;
      const [unknown] = Object.keys(more);
      if (unknown !== undefined) throw new ProtoJsonError('is not a member of this message').within(unknown);
      if (!Object.hasOwn(rest, 'value')) throw new ProtoJsonError('is required').within('value');
      content = value;
    }
    const inner = new Encoder(this.#findType);
    inner.message(plan, content, depth + 1);
    this.writer.tag(1, WIRE_LENGTH);
    this.writer.string(url);
    this.writer.tag(2, WIRE_LENGTH);
    this.writer.bytes(inner.writer.finish());
  }
}

const WRAPPERS: ReadonlySet<string> = new Set(
  ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(
    (type) => `${type}Value`,
  ),
);
const OWN_JSON: ReadonlySet<string> = new Set([
  'Timestamp',
  'Duration',
  'FieldMask',
  'Struct',
  'ListValue',
  'Value',
  'Any',
]);

export function isWrapper(name: string): boolean {
  return WRAPPERS.has(name);
}

/** Whether JSON has the type in a form of its own rather than as an object of its fields. */
export function hasOwnJson({ fullName }: MessagePlan): boolean {
  if (!fullName.startsWith('google.protobuf.')) return false;
  const name = fullName.slice(16);
  return OWN_JSON.has(name) || WRAPPERS.has(name);
}

function wireOf(value: ValuePlan): number {
  if (value.kind === 'scalar') return wireTypeOf(value.scalar);
  return value.kind === 'enum' ? WIRE_VARINT : WIRE_LENGTH;
}

function objectOf(json: unknown): JsonObject {
  if (!isObject(json)) throw new ProtoJsonError('expected an object');
  return json;
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function memberOf(json: unknown): string {
  if (typeof json === 'string') return 'stringValue';
  if (typeof json === 'boolean') return 'boolValue';
  return Array.isArray(json) ? 'listValue' : 'structValue';
}

/** `null` is a value of these, and elsewhere no value at all. */
function isJsonNull(value: ValuePlan): boolean {
  if (value.kind === 'message') return value.message.fullName === 'google.protobuf.Value';
  return value.kind === 'enum' && value.enum.fullName === 'google.protobuf.NullValue';
}

function holdsNull({ shape, value }: FieldPlan): boolean {
  return shape === 'single' && isJsonNull(value);
}

function isDefaultOf(value: ValuePlan, json: unknown): boolean {
  if (value.kind === 'scalar') return isDefault(value.scalar, json);
  return (
    value.kind === 'enum' && (json === 0 || (typeof json === 'string' && value.enum.byName.get(json) === 0))
  );
}

function enumNumber({ byName, fullName }: EnumPlan, json: unknown): number {
  if (json === null && fullName === 'google.protobuf.NullValue') return 0;
  if (typeof json === 'number' && (json | 0) === json) return json;
  const number = typeof json === 'string' ? byName.get(json) : undefined;
  if (number === undefined)
    throw new ProtoJsonError(`expected one of ${[...byName.keys()].slice(0, 20).join(', ')}`);
  return number;
}

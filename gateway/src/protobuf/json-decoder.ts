/**
 * Messages on the wire to JSON values, by ProtoJSON (protobuf.dev/programming-guides/json). Fields come in the order of
 * the schema; what the schema does not know is dropped, a number that an enum does not name stays a number.
 */
import { type FindType, hasOwnJson, isWrapper, MAX_DEPTH } from './json-encoder.ts';
import type { EnumPlan, FieldPlan, MessagePlan, ValuePlan } from './plan.ts';
import { defaultJson, readScalar, wireTypeOf } from './scalar-json.ts';
import { formatDuration, formatFieldMask, formatTimestamp, type Seconds } from './well-known-json.ts';
import { WireFormatError, WireReader } from './wire-reader.ts';
import { WIRE_LENGTH, WIRE_VARINT } from './wire-writer.ts';

export interface DecodeOptions {
  /** Says fields that were not sent too, where they have no presence of their own. */
  readonly emitDefaults: boolean;
  readonly findType: FindType;
}

/** Throws `WireFormatError`: the sender is broken. */
export function decodeJson(plan: MessagePlan, bytes: Uint8Array, options: DecodeOptions): unknown {
  return new Decoder(options).message(plan, new WireReader(bytes), 1);
}

type Collected = Map<FieldPlan, unknown>;

class Decoder {
  readonly #options: DecodeOptions;

  constructor(options: DecodeOptions) {
    this.#options = options;
  }

  message(plan: MessagePlan, reader: WireReader, depth: number): unknown {
    if (depth > MAX_DEPTH) throw new WireFormatError('messages nest too deeply');
    if (hasOwnJson(plan)) return this.#wellKnown(plan, plan.fullName.slice(16), reader, depth);
    return this.#object(plan, this.#collect(plan, reader, depth));
  }

  /** The values by field, as JSON; messages that came in pieces are merged. */
  #collect(plan: MessagePlan, reader: WireReader, depth: number): Collected {
    const found: Collected = new Map();
    const pieces = new Map<FieldPlan, Buffer[]>();
    while (!reader.done) {
      const tag = reader.tag();
      const field = plan.byNumber.get(tag >>> 3);
      if (!field || !this.#isAsDeclared(field, tag & 7)) {
        reader.skip(tag);
        continue;
      }
      if (field.oneof !== undefined) dropOthers(field, found, pieces);
      if (field.shape === 'single' && field.value.kind === 'message') {
        // Copied only where there is more than one piece: the last word is said by the merge.
        const parts = pieces.get(field);
        if (parts) parts.push(reader.bytes());
        else pieces.set(field, [reader.bytes()]);
      } else {
        this.#take(field, tag & 7, reader, found, depth);
      }
    }
    for (const [field, parts] of pieces) {
      const { value } = field;
      const [only] = parts;
      const bytes = parts.length === 1 && only ? only : Buffer.concat(parts);
      if (value.kind === 'message')
        found.set(field, this.message(value.message, new WireReader(bytes), depth + 1));
    }
    return found;
  }

  #take(field: FieldPlan, wireType: number, reader: WireReader, found: Collected, depth: number): void {
    if (field.shape === 'map') {
      const entry = this.#entry(field, reader.piece(), depth);
      const map = found.get(field);
      if (map instanceof Map) map.set(entry[0], entry[1]);
      else found.set(field, new Map([entry]));
    } else if (field.shape === 'repeated') {
      const known = found.get(field);
      const list: unknown[] = Array.isArray(known) ? known : [];
      if (list !== known) found.set(field, list);
      if (wireType === WIRE_LENGTH && isPackable(field.value)) {
        for (const packed = reader.piece(); !packed.done; )
          list.push(this.#value(field.value, packed, depth));
      } else {
        list.push(this.#value(field.value, reader, depth));
      }
    } else {
      found.set(field, this.#value(field.value, reader, depth));
    }
  }

  #isAsDeclared({ shape, value }: FieldPlan, wireType: number): boolean {
    if (shape === 'map') return wireType === WIRE_LENGTH;
    if (wireType === wireOf(value)) return true;
    return shape === 'repeated' && wireType === WIRE_LENGTH && isPackable(value);
  }

  #value(value: ValuePlan, reader: WireReader, depth: number): unknown {
    if (value.kind === 'scalar') return readScalar(reader, value.scalar);
    if (value.kind === 'enum') return enumJson(value.enum, reader.int32());
    return this.message(value.message, reader.piece(), depth + 1);
  }

  #entry({ key = 'string', value }: FieldPlan, reader: WireReader, depth: number): [string, unknown] {
    let name: unknown = defaultJson(key);
    let item: unknown;
    let has = false;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | wireTypeOf(key))) {
        name = readScalar(reader, key);
      } else if (tag === ((2 << 3) | wireOf(value))) {
        item = this.#value(value, reader, depth);
        has = true;
      } else {
        reader.skip(tag);
      }
    }
    return [String(name), has ? item : this.#absent(value, depth)];
  }

  /** What a value is that was not sent and must be said all the same. */
  #absent(value: ValuePlan, depth: number): unknown {
    if (value.kind === 'scalar') return defaultJson(value.scalar);
    if (value.kind === 'enum') return enumJson(value.enum, 0);
    return this.message(value.message, new WireReader(new Uint8Array(0)), depth + 1);
  }

  #object(plan: MessagePlan, found: Collected): Record<string, unknown> {
    const json: Record<string, unknown> = {};
    for (const field of plan.fields) {
      const value = found.get(field);
      const isThere = value !== undefined && (this.#options.emitDefaults || !isImplicitDefault(field, value));
      if (isThere) define(json, field.jsonName, value instanceof Map ? objectFrom(value) : value);
      else if (this.#options.emitDefaults) this.#emitDefault(field, json);
    }
    return json;
  }

  #emitDefault({ shape, value, hasPresence, jsonName }: FieldPlan, json: Record<string, unknown>): void {
    if (shape === 'repeated') define(json, jsonName, []);
    else if (shape === 'map') define(json, jsonName, {});
    else if (!hasPresence && value.kind !== 'message') define(json, jsonName, this.#absent(value, 0));
  }

  #wellKnown(plan: MessagePlan, name: string, reader: WireReader, depth: number): unknown {
    switch (name) {
      case 'Timestamp':
        return ranged(() => formatTimestamp(secondsOf(reader)));
      case 'Duration':
        return ranged(() => formatDuration(secondsOf(reader)));
      case 'Any':
        return this.#any(reader, depth);
      default:
        break;
    }
    const found = this.#collect(plan, reader, depth);
    const member = (key: string): unknown => {
      const field = plan.byName.get(key);
      return field && found.get(field);
    };
    if (isWrapper(name)) {
      const value = plan.byName.get('value')?.value;
      return member('value') ?? (value && this.#absent(value, depth));
    }
    switch (name) {
      case 'FieldMask': {
        const paths = member('paths');
        return ranged(() => formatFieldMask(Array.isArray(paths) ? paths.map(String) : []));
      }
      case 'Struct': {
        const fields = member('fields');
        return fields instanceof Map ? objectFrom(fields) : {};
      }
      case 'ListValue':
        return member('values') ?? [];
      default:
        return jsonOfValue(found);
    }
  }

  #any(reader: WireReader, depth: number): unknown {
    let url = '';
    let content: Uint8Array = new Uint8Array(0);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | WIRE_LENGTH)) url = reader.string();
      else if (tag === ((2 << 3) | WIRE_LENGTH)) content = reader.bytes();
      else reader.skip(tag);
    }
    if (url === '') return {};
    const plan = this.#options.findType(url.slice(url.lastIndexOf('/') + 1));
    // The standard has no form for a type that nobody knows; its name is better than no reply at all.
    if (!plan) return { '@type': url };
    const json = this.message(plan, new WireReader(content), depth + 1);
    return hasOwnJson(plan) ? { '@type': url, value: json } : { '@type': url, ...Object(json) };
  }
}

/** The last member of a oneof that was sent is the one that holds. */
function dropOthers(field: FieldPlan, found: Collected, pieces: Map<FieldPlan, Buffer[]>): void {
  for (const known of [found, pieces]) {
    for (const other of known.keys()) if (other !== field && other.oneof === field.oneof) known.delete(other);
  }
}

/** Defines rather than assigns: `__proto__` is a name like any other. */
function define(json: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(json, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    json[name] = value;
  }
}

function objectFrom(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [key, value] of map) define(json, String(key), value);
  return json;
}

function wireOf(value: ValuePlan): number {
  if (value.kind === 'scalar') return wireTypeOf(value.scalar);
  return value.kind === 'enum' ? WIRE_VARINT : WIRE_LENGTH;
}

function isPackable(value: ValuePlan): boolean {
  return wireOf(value) !== WIRE_LENGTH;
}

function enumJson({ byNumber, fullName }: EnumPlan, number: number): unknown {
  return fullName === 'google.protobuf.NullValue' ? null : (byNumber.get(number) ?? number);
}

/** Without presence, a default that was sent is no other than one that was not. */
function isImplicitDefault({ shape, hasPresence, value: plan }: FieldPlan, value: unknown): boolean {
  if (shape !== 'single' || hasPresence || plan.kind === 'message') return false;
  return Object.is(value, plan.kind === 'scalar' ? defaultJson(plan.scalar) : enumJson(plan.enum, 0));
}

function secondsOf(reader: WireReader): Seconds {
  let seconds = 0n;
  let nanos = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 1 << 3) seconds = reader.int64();
    else if (tag === 2 << 3) nanos = reader.int32();
    else reader.skip(tag);
  }
  return { seconds, nanos };
}

function ranged(format: () => string): string {
  try {
    return format();
  } catch (error) {
    throw error instanceof RangeError ? new WireFormatError(error.message) : error;
  }
}

/** A `google.protobuf.Value`: whichever of its members is there. */
function jsonOfValue(found: Collected): unknown {
  for (const [field, value] of found) {
    if (field.jsonName !== 'numberValue' || typeof value === 'number') return value;
    throw new WireFormatError('a Value holds a number that JSON cannot say');
  }
  return null;
}

/**
 * Scalars between JSON and the wire, by the table of "ProtoJSON" (protobuf.dev/programming-guides/json): 64-bit
 * integers as text, bytes as base64, NaN and the infinities by name. Numbers are taken as text too. What is out of
 * range or no number of the type is refused, never cut.
 */
import { ProtoJsonError } from './json-error.ts';
import type { ScalarType } from './plan.ts';
import type { WireReader } from './wire-reader.ts';
import { WIRE_32, WIRE_64, WIRE_LENGTH, WIRE_VARINT, type WireWriter } from './wire-writer.ts';

const MAX_FLOAT = 3.4028235677973366e38;
const INT32: Range = { low: -(2n ** 31n), high: 2n ** 31n - 1n };
const UINT32: Range = { low: 0n, high: 2n ** 32n - 1n };
const INT64: Range = { low: -(2n ** 63n), high: 2n ** 63n - 1n };
const UINT64: Range = { low: 0n, high: 2n ** 64n - 1n };

interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

export function wireTypeOf(scalar: ScalarType): number {
  switch (scalar) {
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return WIRE_64;
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return WIRE_32;
    case 'string':
    case 'bytes':
      return WIRE_LENGTH;
    default:
      return WIRE_VARINT;
  }
}

/** Writes a JSON value as the scalar. Throws `ProtoJsonError`. */
export function writeScalar(writer: WireWriter, scalar: ScalarType, json: unknown): void {
  switch (scalar) {
    case 'double':
      writer.double(floating(json, Number.MAX_VALUE));
      break;
    case 'float':
      writer.float(floating(json, MAX_FLOAT));
      break;
    case 'int32':
      writer.int32(small(json, INT32));
      break;
    case 'uint32':
      writer.uint32(small(json, UINT32));
      break;
    case 'sint32':
      writer.sint32(small(json, INT32));
      break;
    case 'fixed32':
      writer.fixed32(small(json, UINT32));
      break;
    case 'sfixed32':
      writer.fixed32(small(json, INT32));
      break;
    case 'int64':
      writer.uint64(integer(json, INT64));
      break;
    case 'uint64':
      writer.uint64(integer(json, UINT64));
      break;
    case 'sint64':
      writer.sint64(integer(json, INT64));
      break;
    case 'fixed64':
      writer.fixed64(integer(json, UINT64));
      break;
    case 'sfixed64':
      writer.fixed64(integer(json, INT64));
      break;
    case 'bool':
      writer.uint32(boolean(json) ? 1 : 0);
      break;
    case 'string':
      writer.string(text(json));
      break;
    case 'bytes':
      writer.bytes(base64(json));
      break;
  }
}

/** Whether a JSON value is the scalar's default, which a field without presence does not send. */
export function isDefault(scalar: ScalarType, json: unknown): boolean {
  switch (scalar) {
    case 'string':
    case 'bytes':
      return json === '';
    case 'bool':
      return json === false;
    case 'double':
    case 'float':
      return json === 0 ? !Object.is(json, -0) : json === '0';
    default:
      return json === 0 || json === 0n || json === '0';
  }
}

/** Reads the scalar as its JSON value. */
export function readScalar(reader: WireReader, scalar: ScalarType): unknown {
  switch (scalar) {
    case 'double':
      return named(reader.double());
    case 'float':
      return named(shortest(reader.float()));
    case 'int32':
      return reader.int32();
    case 'uint32':
      return reader.uint32();
    case 'sint32':
      return reader.sint32();
    case 'fixed32':
      return reader.fixed32();
    case 'sfixed32':
      return reader.sfixed32();
    case 'int64':
      return String(reader.int64());
    case 'uint64':
      return String(reader.uint64());
    case 'sint64':
      return String(reader.sint64());
    case 'fixed64':
      return String(reader.fixed64());
    case 'sfixed64':
      return String(reader.sfixed64());
    case 'bool':
      return reader.bool();
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.bytes().toString('base64');
  }
}

/** What JSON says of a scalar that was not sent. */
export function defaultJson(scalar: ScalarType): unknown {
  switch (scalar) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return '0';
    default:
      return 0;
  }
}

/** The value of a map's key, which JSON has as text. */
export function keyJson(scalar: ScalarType, key: string): unknown {
  if (scalar !== 'bool') return key;
  if (key === 'true') return true;
  if (key === 'false') return false;
  throw new ProtoJsonError('expected the key true or false');
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?(0|[1-9]\d*)$/;
/** No integer of 64 bits is longer; a longer text would cost its square to parse. */
const MAX_NUMBER_LENGTH = 1100;

function integer(json: unknown, { low, high }: Range): bigint {
  const value = wholeNumber(json);
  if (value === undefined) throw new ProtoJsonError('expected a whole number');
  if (value < low || value > high) throw new ProtoJsonError(`expected a number from ${low} to ${high}`);
  return value;
}

function small(json: unknown, range: Range): number {
  if (typeof json === 'number' && (json | 0) === json && json >= 0) return json;
  return Number(integer(json, range));
}

function wholeNumber(json: unknown): bigint | undefined {
  if (typeof json === 'bigint') return json;
  if (typeof json === 'string') {
    if (json.length > MAX_NUMBER_LENGTH) return undefined;
    if (INTEGER.test(json)) return BigInt(json);
    if (!NUMBER.test(json)) return undefined;
    const value = Number(json);
    return Number.isInteger(value) && Number.isFinite(value) ? BigInt(value) : undefined;
  }
  return typeof json === 'number' && Number.isInteger(json) ? BigInt(json) : undefined;
}

function floating(json: unknown, max: number): number {
  if (json === 'NaN') return Number.NaN;
  if (json === 'Infinity') return Number.POSITIVE_INFINITY;
  if (json === '-Infinity') return Number.NEGATIVE_INFINITY;
  let value: number;
  if (typeof json === 'number') value = json;
  else if (typeof json === 'bigint') value = Number(json);
  else if (typeof json === 'string' && json.length <= MAX_NUMBER_LENGTH && NUMBER.test(json))
    value = Number(json);
  else throw new ProtoJsonError('expected a number');
  if (Math.abs(value) > max) throw new ProtoJsonError('expected a number within the range of its type');
  return value;
}

function boolean(json: unknown): boolean {
  if (typeof json !== 'boolean') throw new ProtoJsonError('expected true or false');
  return json;
}

function text(json: unknown): string {
  if (typeof json !== 'string') throw new ProtoJsonError('expected a text');
  if (!json.isWellFormed()) throw new ProtoJsonError('expected a text without lone surrogates');
  return json;
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Standard or URL-safe, padded or not. */
function base64(json: unknown): Uint8Array {
  if (typeof json !== 'string' || !BASE64.test(json)) throw new ProtoJsonError('expected base64');
  const digits = json.replaceAll('=', '').length;
  if (digits % 4 === 1 || (json.length > digits && json.length % 4 !== 0))
    throw new ProtoJsonError('expected base64');
  return Buffer.from(json, 'base64');
}

function named(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** The shortest decimal that is this float again: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits += 1) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return Number(value.toPrecision(9));
}

/**
 * For tests: reads an `ExportTraceServiceRequest` (opentelemetry/proto/collector/trace/v1) into what its JSON form is, field by
 * field, so that the library's writer is checked by another reader.
 */

interface Field {
  readonly number: number;
  /** Bytes of a length-delimited field. */
  readonly bytes: Buffer;
  /** The number of any other. */
  readonly value: bigint;
}

function* fields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('a message that ends within a number');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
  };
  const none = Buffer.alloc(0);
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    if ((tag & 7) === 0) yield { number, bytes: none, value: varint() };
    else if ((tag & 7) === 1) {
      yield { number, bytes: none, value: bytes.readBigUInt64LE(at) };
      at += 8;
    } else if ((tag & 7) === 5) {
      yield { number, bytes: none, value: BigInt(bytes.readUInt32LE(at)) };
      at += 4;
    } else {
      const length = Number(varint());
      yield { number, bytes: bytes.subarray(at, at + length), value: 0n };
      at += length;
    }
  }
}

const all = (bytes: Buffer, number: number): Buffer[] =>
  [...fields(bytes)].filter((field) => field.number === number).map((field) => field.bytes);

export function readTraceRequest(bytes: Buffer): object {
  return {
    resourceSpans: all(bytes, 1).map((resourceSpans) => ({
      resource: { attributes: all(resourceSpans, 1).flatMap((resource) => attributes(resource, 1)) },
      scopeSpans: all(resourceSpans, 2).map((scopeSpans) => ({ spans: all(scopeSpans, 2).map(span) })),
    })),
  };
}

function span(bytes: Buffer): object {
  const read: Record<string, unknown> = {
    attributes: attributes(bytes, 9),
    events: all(bytes, 11).map((event) => ({
      name: all(event, 2)[0]?.toString('utf8'),
      attributes: attributes(event, 3),
    })),
    links: all(bytes, 13).map((link) => ({
      traceId: all(link, 1)[0]?.toString('hex'),
      spanId: all(link, 2)[0]?.toString('hex'),
    })),
  };
  for (const { number, bytes: text, value } of fields(bytes)) {
    if (number === 1) read.traceId = text.toString('hex');
    else if (number === 2) read.spanId = text.toString('hex');
    else if (number === 3) read.traceState = text.toString('utf8');
    else if (number === 4) read.parentSpanId = text.toString('hex');
    else if (number === 5) read.name = text.toString('utf8');
    else if (number === 6) read.kind = Number(value);
    else if (number === 7) read.startTimeUnixNano = value.toString();
    else if (number === 8) read.endTimeUnixNano = value.toString();
    else if (number === 15)
      read.status = { code: Number([...fields(text)].find((one) => one.number === 3)?.value ?? 0) };
    else if (number === 16) read.flags = Number(value);
  }
  return read;
}

function attributes(bytes: Buffer, number: number): object[] {
  return all(bytes, number).map((pair) => ({
    key: all(pair, 1)[0]?.toString('utf8'),
    value: anyValue(all(pair, 2)[0] ?? Buffer.alloc(0)),
  }));
}

function anyValue(bytes: Buffer): object {
  for (const { number, bytes: text, value } of fields(bytes)) {
    if (number === 1) return { stringValue: text.toString('utf8') };
    if (number === 2) return { boolValue: value === 1n };
    if (number === 3) return { intValue: BigInt.asIntN(64, value).toString() };
    if (number === 4) {
      const double = Buffer.alloc(8);
      double.writeBigUInt64LE(value);
      return { doubleValue: double.readDoubleLE(0) };
    }
    if (number === 5) return { arrayValue: { values: all(text, 1).map(anyValue) } };
  }
  return { stringValue: '' };
}

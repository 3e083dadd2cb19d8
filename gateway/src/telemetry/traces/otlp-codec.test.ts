import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otlpCodec } from './otlp-codec.ts';
import { makeSpan, TRACE_ID } from './testing/span.ts';
import { readTraceRequest } from './testing/trace-protobuf.ts';

const span = makeSpan({
  parentId: '00f067aa0ba902b7',
  isParentRemote: true,
  state: 'vendor=1',
  isError: true,
  attributes: { 'http.route': '/users', 'server.port': 80, ok: true, part: 0.5, list: ['a', 'b'] },
  events: [{ name: 'frontdesk.refused', atMs: 1_700_000_000_001, attributes: { why: 'open' } }],
  links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16) }],
});
const resource = { 'service.name': 'desk', 'process.pid': 7 };

test('both forms say the same of a span', () => {
  const json: unknown = JSON.parse(
    Buffer.from(otlpCodec({ protocol: 'http/json', resource }).encode([span])).toString(),
  );
  const binary = readTraceRequest(
    Buffer.from(otlpCodec({ protocol: 'http/protobuf', resource }).encode([span])),
  );
  for (const read of [json, binary]) {
    const text = JSON.stringify(read);
    for (const said of [
      '"name":"GET /users"',
      `"traceId":"${TRACE_ID}"`,
      '"parentSpanId":"00f067aa0ba902b7"',
      '"startTimeUnixNano":"1700000000000250000"',
      '"endTimeUnixNano":"1700000000001500000"',
      '"traceState":"vendor=1"',
      '"kind":2',
      '"key":"service.name","value":{"stringValue":"desk"}',
      '"key":"http.route","value":{"stringValue":"/users"}',
      '"key":"part","value":{"doubleValue":0.5}',
      '"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"stringValue":"b"}]}}',
      '"name":"frontdesk.refused"',
      `"traceId":"${'f'.repeat(32)}"`,
      '"code":2',
    ]) {
      assert.ok(text.includes(said), `${said} in ${text}`);
    }
    // The caller's span is remote (0x300), and the trace was sampled (1).
    assert.match(text, /"flags":769/);
  }
});

test('what the collector says that it refused is counted, and nonsense is nothing', () => {
  const { rejected } = otlpCodec({ protocol: 'http/json', resource });
  const told = (text: string) => rejected(Buffer.from(text));
  assert.equal(told('{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}'), 3);
  assert.equal(told('{}'), 0);
  assert.equal(told(''), 0);
  assert.equal(told('<html>'), 0);
  const binary = otlpCodec({ protocol: 'http/protobuf', resource });
  // partial_success (1) with rejected_spans (1) = 5.
  assert.equal(binary.rejected(Buffer.from([0x0a, 0x02, 0x08, 0x05])), 5);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTraceparent, isTracestate, makeIdSource, parseTraceparent } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  it('reads version 00', () => {
    assert.deepEqual(parseTraceparent(`00-${TRACE}-${SPAN}-01`), {
      traceId: TRACE,
      parentId: SPAN,
      sampled: true,
    });
    assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.sampled, false);
    assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-02`)?.sampled, false);
  });

  it('reads what it knows of a later version', () => {
    assert.equal(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes`)?.traceId, TRACE);
    assert.equal(parseTraceparent(`cc-${TRACE}-${SPAN}-01`)?.traceId, TRACE);
    assert.equal(parseTraceparent(`cc-${TRACE}-${SPAN}-01.what`), undefined);
  });

  it('B42: refuses whatever is malformed or oversized', () => {
    const bad = [
      '',
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-more`,
      `00-${TRACE}-${SPAN}-1`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00_${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-zz`,
      `00-${'a'.repeat(10_000)}`,
    ];
    for (const value of bad) assert.equal(parseTraceparent(value), undefined, value);
  });

  it('writes what it reads', () => {
    const trace = { traceId: TRACE, spanId: SPAN, sampled: true, state: undefined };
    assert.equal(formatTraceparent(trace), `00-${TRACE}-${SPAN}-01`);
    assert.equal(formatTraceparent({ ...trace, sampled: false }), `00-${TRACE}-${SPAN}-00`);
  });
});

describe('tracestate', () => {
  it('takes well-formed lists', () => {
    for (const value of [
      'a=1',
      'congo=t61rcWkgMzE,rojo=00f0',
      'a=1, b=2',
      'fw529a3039@dt=FfAB',
      'a=1,,b=2',
    ]) {
      assert.ok(isTracestate(value), value);
    }
  });

  it('B42: refuses malformed and oversized ones', () => {
    const many = Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(',');
    for (const value of ['', 'a', 'A=1', 'a=1,a=2', 'a=b=c', 'a=\u0001', many, `a=${'x'.repeat(600)}`]) {
      assert.ok(!isTracestate(value), value);
    }
  });
});

describe('ids', () => {
  it('have the lengths of W3C ids, in lower-case hex, and do not repeat over a pool', () => {
    const ids = makeIdSource();
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i += 1) {
      const traceId = ids.traceId();
      assert.match(traceId, /^[0-9a-f]{32}$/);
      seen.add(traceId);
      assert.match(ids.spanId(), /^[0-9a-f]{16}$/);
    }
    assert.equal(seen.size, 2000);
  });
});

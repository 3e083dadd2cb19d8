import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeIdentity } from '../../core/testing/exchange.ts';
import {
  asJson,
  endedRecord,
  type FlowRecord,
  fingerprintOf,
  identityOf,
  readRecord,
  runIdOf,
  stepKeyOf,
  storedCaller,
  writeRecord,
} from './flow-record.ts';

const flow = { bff: 'b', flow: 'f' };
const record: FlowRecord = {
  v: 1,
  flow: 'f',
  fingerprint: 'x',
  nonce: 'n',
  requestId: 'r',
  traceId: 't',
  startedAt: 1,
  phase: 'forward',
  input: { card: 'secret' },
  caller: storedCaller(makeIdentity({ claims: { token: 'secret' } })),
  steps: { a: { state: 'done', effect: true, value: 'secret' } },
};

test('a run is named by its flow, its caller and the key', () => {
  const caller = makeIdentity();
  const names = [
    runIdOf(flow, caller, 'k'),
    runIdOf(flow, caller, 'k2'),
    runIdOf(flow, undefined, 'k'),
    runIdOf(flow, makeIdentity({ subject: 'u2' }), 'k'),
    runIdOf(flow, makeIdentity({ consumer: 'u1' }), 'k'),
    runIdOf(flow, makeIdentity({ tenant: 't' }), 'k'),
    runIdOf({ ...flow, bff: 'c' }, caller, 'k'),
    runIdOf({ ...flow, flow: 'g' }, caller, 'k'),
  ];
  assert.equal(new Set(names).size, names.length);
  assert.equal(runIdOf(flow, makeIdentity(), 'k'), names[0]);
  assert.match(stepKeyOf(names[0] ?? '', 'pay'), /^[A-Za-z0-9_-]{32}-pay$/);
});

test('inputs are the same whatever their order, and no others are', () => {
  assert.equal(fingerprintOf({ a: 1, b: { c: [1], d: 2 } }), fingerprintOf({ b: { d: 2, c: [1] }, a: 1 }));
  const others = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: [['b', 1]] }, { a: { b: 1 } }, {}, { a: null }];
  assert.equal(new Set(others.map(fingerprintOf)).size, others.length);
});

test('values are as JSON holds them, within a bound', () => {
  assert.deepEqual(asJson({ at: new Date(0), none: undefined }, 'it'), { at: '1970-01-01T00:00:00.000Z' });
  assert.equal(asJson(undefined, 'it'), undefined);
  assert.throws(() => asJson(1n, 'it'), { code: 'internal' });
  assert.throws(() => asJson('x'.repeat(65_535), 'it'), { code: 'internal' });
});

test('of who asked no claim is written, and of an ended run nothing but its outcome', () => {
  assert.equal(writeRecord(record).includes('token'), false);
  const outcome = { kind: 'answered', status: 200, value: 1, incomplete: [] } as const;
  const ended = writeRecord(endedRecord({ ...record, outcome }));
  assert.equal(ended.includes('secret'), false);
  assert.deepEqual(readRecord(ended)?.outcome, outcome);
  assert.deepEqual(identityOf(record.caller), makeIdentity());
  assert.equal(identityOf(undefined), undefined);
});

test('what is no record is none', () => {
  for (const text of [
    '',
    '[]',
    'null',
    '{"v":2}',
    JSON.stringify({ ...record, steps: 1 }),
    JSON.stringify({ ...record, outcome: { kind: 'failed', failure: { code: 'x' } } }),
  ])
    assert.equal(readRecord(text), undefined, text);
  assert.throws(() => writeRecord({ ...record, reason: 'x'.repeat(2 ** 20) }), { code: 'internal' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from './proxy-protocol.ts';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

function binary(command: number, family: number, payload: Buffer): Buffer {
  const fixed = Buffer.alloc(4);
  fixed.writeUInt8(command, 0);
  fixed.writeUInt8(family, 1);
  fixed.writeUInt16BE(payload.length, 2);
  return Buffer.concat([SIGNATURE, fixed, payload]);
}

const ADDRESSES_4 = Buffer.from('c0000207cb00710110e101bb', 'hex');
const IPV6_A = '20010db8000000000000000000000001';
const ADDRESSES_6 = Buffer.from(`${IPV6_A}${IPV6_A}10e101bb`, 'hex');
const MAPPED = Buffer.from(`00000000000000000000ffffc0000207${IPV6_A}10e101bb`, 'hex');

test('both versions name the source, and where the request begins', () => {
  for (const [bytes, source] of [
    [Buffer.from('PROXY TCP4 192.0.2.7 203.0.113.1 4321 443\r\n'), '192.0.2.7'],
    [Buffer.from('PROXY TCP6 2001:DB8::1 2001:db8::2 4321 443\r\n'), '2001:db8::1'],
    [Buffer.from('PROXY UNKNOWN\r\n'), undefined],
    [Buffer.from('PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n'), undefined],
    [binary(0x21, 0x11, ADDRESSES_4), '192.0.2.7'],
    [binary(0x21, 0x21, ADDRESSES_6), '2001:db8::1'],
    [binary(0x21, 0x21, MAPPED), '192.0.2.7'],
    [binary(0x21, 0x11, Buffer.concat([ADDRESSES_4, Buffer.alloc(200)])), '192.0.2.7'],
    [binary(0x20, 0x00, Buffer.alloc(0)), undefined],
    // A balancer that speaks for itself may fill the addresses in: they do not count.
    [binary(0x20, 0x11, ADDRESSES_4), undefined],
    [binary(0x21, 0x31, Buffer.alloc(216)), undefined],
  ] as const) {
    const found = readProxyHeader(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')]));
    assert.deepEqual(found, { kind: 'found', size: bytes.length, source }, bytes.toString('latin1'));
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(readProxyHeader(bytes.subarray(0, length)).kind, 'incomplete');
    }
  }
});

test('what is none is told from what is not whole yet', () => {
  for (const bytes of [
    'GET / HTTP/1.1\r\n',
    'PROXYTCP4',
    'PROXY TCP4 192.0.2.7 203.0.113.1 4321 443\n',
    'PROXY TCP4 192.0.2.7 203.0.113.1 4321\r\n',
    'PROXY TCP4 192.0.2.7 203.0.113.1 4321 443 1\r\n',
    'PROXY TCP4 2001:db8::1 203.0.113.1 4321 443\r\n',
    'PROXY TCP6 192.0.2.7 203.0.113.1 4321 443\r\n',
    'PROXY TCP4 192.0.2.7 203.0.113.1 04321 443\r\n',
    'PROXY TCP4 192.0.2.7 203.0.113.1 4321 65536\r\n',
    'PROXY UDP4 192.0.2.7 203.0.113.1 4321 443\r\n',
    `PROXY TCP4 ${'1'.repeat(200)}`,
  ]) {
    assert.equal(readProxyHeader(Buffer.from(bytes)).kind, 'invalid', bytes);
  }
  for (const bytes of [
    binary(0x31, 0x11, ADDRESSES_4),
    binary(0x22, 0x11, ADDRESSES_4),
    binary(0x21, 0x11, ADDRESSES_4.subarray(1)),
    binary(0x21, 0x21, ADDRESSES_4),
    binary(0x21, 0x11, Buffer.alloc(4_097)),
  ]) {
    assert.equal(readProxyHeader(bytes).kind, 'invalid', bytes.toString('hex'));
  }
});

test('nothing makes it throw, and nothing is waited for without end', () => {
  const start = fc.constantFrom(SIGNATURE, Buffer.from('PROXY '), Buffer.alloc(0));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 300 }), (begin, rest) => {
      readProxyHeader(Buffer.concat([begin, rest]));
      const long = Buffer.concat([begin, rest, Buffer.alloc(MAX_PROXY_HEADER_BYTES)]);
      assert.notEqual(readProxyHeader(long).kind, 'incomplete');
    }),
    { numRuns: 2_000 },
  );
});

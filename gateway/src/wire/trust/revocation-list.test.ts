import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Authority } from '../../core/testing/certificates.ts';
import { certificateKey, readRevocationLists } from './revocation-list.ts';

const authority = new Authority({ after });
const stranger = new Authority({ after });
const keyOf = (pem: string): string => certificateKey(new X509Certificate(pem));

test('a list names certificates of its authority, and when it is out of date', () => {
  const [lost, kept] = [authority.issue('lost'), authority.issue('kept')];
  const text =
    readFileSync(authority.revoke('two', [lost]), 'utf8') + readFileSync(authority.revoke('none'), 'utf8');
  const [list, empty] = readRevocationLists(text);
  assert.ok(list?.revoked.has(keyOf(lost.cert)));
  assert.ok(!list?.revoked.has(keyOf(kept.cert)));
  assert.equal(list?.revoked.size, 1);
  assert.equal(empty?.revoked.size, 0);
  const days = ((list?.nextUpdate ?? 0) - Date.now()) / 86_400_000;
  assert.ok(days > 1.9 && days < 2.1);
});

test('a serial of another authority is not meant', () => {
  const mine = authority.issue('mine');
  const theirs = stranger.issue('theirs');
  assert.notEqual(keyOf(mine.cert), keyOf(theirs.cert));
  assert.notEqual(keyOf(authority.issue('next').cert), keyOf(mine.cert));
});

test('what is no list is said to be none', () => {
  assert.throws(() => readRevocationLists('nothing'), /no certificate revocation list/);
  assert.throws(() => readRevocationLists(authority.ca), /no certificate revocation list/);
  const cut = '-----BEGIN X509 CRL-----\nMIIBAgI=\n-----END X509 CRL-----\n';
  assert.throws(() => readRevocationLists(cut), RangeError);
});

test('lists that tell only a part are refused, whatever openssl would make of them', () => {
  const listWith = (name: string, extensions: string): string =>
    readFileSync(authority.revoke(name, [authority.issue(name)], { extensions }), 'utf8');
  const read = (name: string, extensions: string) => () => readRevocationLists(listWith(name, extensions));
  assert.throws(read('delta', '2.5.29.27=critical,DER:020101'), /a delta list/);
  assert.throws(read('delta2', '2.5.29.27=DER:020101'), /a delta list/);
  assert.throws(
    read('part', 'issuingDistributionPoint=critical,@p\n[p]\nindirectCRL=TRUE'),
    /an indirect list/,
  );
  assert.throws(
    read('some', 'issuingDistributionPoint=critical,@p\n[p]\nonlysomereasons=keyCompromise'),
    /some reasons/,
  );
  assert.throws(read('what', '1.2.3.4=critical,DER:0500'), /critical extension/);
  for (const extensions of [
    'authorityKeyIdentifier=keyid:always',
    'issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE',
    '1.2.3.4=DER:0500',
  ]) {
    assert.equal(readRevocationLists(listWith('whole', extensions))[0]?.revoked.size, 1, extensions);
  }
});

test('a list that is spoilt anywhere is read, or said to be none: nothing else happens', () => {
  const [, base64 = ''] =
    /-----\s([A-Za-z0-9+/=\s]+)-----/.exec(
      readFileSync(authority.revoke('spoilt', [authority.issue('a'), authority.issue('b')]), 'utf8'),
    ) ?? [];
  const der = Buffer.from(base64, 'base64');
  const edit = fc.record({ at: fc.nat(der.length - 1), byte: fc.nat(255), cut: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let bytes = Buffer.from(der);
      for (const { at, byte, cut } of edits) {
        if (at < bytes.length) bytes[at] = byte;
        if (cut === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte & 7))]);
      }
      try {
        readRevocationLists(`-----BEGIN X509 CRL-----\n${bytes.toString('base64')}\n-----END X509 CRL-----`);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

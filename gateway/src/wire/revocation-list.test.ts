import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Authority } from '../core/testing/certificates.ts';
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

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { type FreshnessRules, freshnessOf } from './freshness.ts';
import { type Asker, storable, storedFields, updatedFields } from './storing.ts';

const TIMING = { requestAt: 0, responseAt: 0 };
const RULES: FreshnessRules = {
  targeted: [],
  heuristicFraction: 0.1,
  heuristicMaxS: 86_400,
  staleWhileRevalidateS: 0,
  staleIfErrorS: 0,
};

function judge(flat: string[], { status = 200, asker = 'anyone' as Asker } = {}) {
  const headers = new HeaderFields(flat);
  return storable(status, headers, freshnessOf(status, headers, TIMING, RULES), asker);
}

const cc = (text: string): string[] => ['cache-control', text];

test('RFC 9111 §3: final replies with a lifetime or a validator; no-store and private are kept from caches', () => {
  assert.ok(judge(cc('max-age=1')));
  assert.ok(judge(['etag', '"a"']));
  assert.ok(judge(cc('max-age=1'), { status: 500 }));
  assert.ok(judge(cc('max-age=1'), { status: 599 }));
  assert.equal(judge([]), undefined);
  assert.equal(judge(cc('max-age=0')), undefined);
  for (const word of ['no-store', 'private', 'private=""', 'private=" authorization"']) {
    assert.equal(judge(cc(`max-age=9, ${word}`)), undefined, word);
  }
});

test('SECURITY 145, 146: a cookie, a part, an answer to a condition and Vary: * are never stored', () => {
  assert.equal(judge([...cc('public, max-age=9'), 'set-cookie', 'a=b']), undefined);
  assert.equal(judge(cc('max-age=9'), { status: 206 }), undefined);
  assert.equal(judge(cc('max-age=9'), { status: 304 }), undefined);
  assert.equal(judge([...cc('max-age=9'), 'vary', 'a, *']), undefined);
});

test('RFC 9111 §5.2.2.3: must-understand lifts no-store for statuses that are understood', () => {
  assert.ok(judge(cc('max-age=9, no-store, must-understand')));
  assert.equal(judge(cc('max-age=9, no-store, must-understand'), { status: 599 }), undefined);
});

test('RFC 9111 §3.5: with credentials only what says that caches may share it', () => {
  const asker: Asker = 'credentials';
  assert.equal(judge(cc('max-age=9'), { asker }), undefined);
  for (const word of ['public', 'must-revalidate', 's-maxage=5']) {
    assert.equal(judge(cc(`max-age=9, ${word}`), { asker })?.answersCredentials, true, word);
  }
});

test('SECURITY 144: what an identity got is for itself alone, unless it says public', () => {
  const audience = (text: string, asker: Asker) => judge(cc(text), { asker })?.audience;
  assert.equal(audience('max-age=9', 'identity'), 'identity');
  assert.equal(audience('s-maxage=9', 'identity'), 'identity');
  assert.equal(audience('max-age=9, public', 'identity'), 'everybody');
  assert.equal(audience('max-age=9', 'anyone'), 'anonymous');
});

test('RFC 9111 §3.1: fields of a connection, and those that the reply withholds, are not stored', () => {
  const headers = new HeaderFields([
    ...cc('max-age=9, no-cache="a", private="b"'),
    ...['a', '1', 'b', '2', 'c', '3', 'age', '5', 'proxy-authenticate', 'x', 'te', 'y'],
  ]);
  const stored = storedFields(headers, freshnessOf(200, headers, TIMING, RULES));
  assert.deepEqual(
    [...stored].map(([name]) => name),
    ['cache-control', 'c'],
  );
});

test('RFC 9111 §3.2: a 304 replaces what it has, but nothing that describes the stored bytes', () => {
  const stored = new HeaderFields(['date', 'd1', 'x', '1', 'x', '2', 'y', '3', 'content-length', '36']);
  const update = new HeaderFields(['date', 'd2', 'x', '9', 'content-length', '10', 'set-cookie', 'a=b']);
  assert.deepEqual(
    [...updatedFields(stored, update)],
    [
      ['y', '3'],
      ['content-length', '36'],
      ['date', 'd2'],
      ['x', '9'],
    ],
  );
});

test('RFC 9111 §3: without a word on it only a status that stands for itself is stored', () => {
  for (const status of [200, 301, 404]) assert.ok(judge(['etag', '"a"'], { status }), String(status));
  for (const status of [201, 302, 401, 403, 429, 500, 503]) {
    assert.equal(judge(['etag', '"a"'], { status }), undefined, String(status));
    assert.ok(judge(['etag', '"a"', ...cc('max-age=0')], { status }), String(status));
    assert.ok(judge(['etag', '"a"', ...cc('public')], { status }), String(status));
  }
});

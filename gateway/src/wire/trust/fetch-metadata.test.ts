import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { foreignPage, isNavigation, isSafe } from './fetch-metadata.ts';

const trusted = new Set(['https://app.example']);
const isForeign = (record: Record<string, string>) =>
  foreignPage(HeaderFields.of(record), trusted) !== undefined;

test('what browsers say of the page is believed, and what they do not say is refused', () => {
  assert.equal(isForeign({ 'sec-fetch-site': 'same-origin' }), false);
  assert.equal(isForeign({ 'sec-fetch-site': 'none' }), false);
  assert.equal(isForeign({ origin: 'https://app.example' }), false);
  assert.equal(isForeign({ origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }), false);
  for (const site of ['same-site', 'cross-site', '', 'SAME-ORIGIN'])
    assert.equal(isForeign({ 'sec-fetch-site': site }), true, site);
  for (const origin of ['https://evil.example', 'null', '', 'https://app.example.evil', 'http://app.example'])
    assert.equal(isForeign({ origin }), true, origin);
  assert.equal(isForeign({}), true);
  assert.equal(isForeign({ 'sec-fetch-site': 'none', origin: 'https://evil.example' }), true);
  assert.equal(isForeign({ 'sec-fetch-site': 'none', origin: 'https://app.example' }), false);
  const twice = ['origin', 'https://app.example', 'origin', 'https://evil.example'];
  assert.notEqual(foreignPage(new HeaderFields(twice), trusted), undefined);
});

test('methods that change nothing are three', () => {
  assert.deepEqual(['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE', 'get', 'QUERY'].map(isSafe), [
    ...[true, true, true, false, false, false, false],
  ]);
});

test('a browser on its way to a page is told from a script', () => {
  const navigates = (record: Record<string, string>) => isNavigation(HeaderFields.of(record));
  assert.equal(navigates({ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }), true);
  assert.equal(navigates({ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }), false);
  assert.equal(navigates({ 'sec-fetch-mode': 'cors', accept: 'text/html' }), false);
  assert.equal(navigates({ accept: 'text/html,*/*' }), true);
  assert.equal(navigates({ accept: '*/*' }), false);
  assert.equal(navigates({}), false);
});

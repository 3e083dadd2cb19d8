import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { formatHttpDate } from './http-date.ts';
import {
  askWhetherChanged,
  confirms,
  describesSame,
  isUnchanged,
  notModifiedFields,
  rangeHolds,
} from './validation.ts';

const NOW = Date.UTC(2026, 0, 1);
const fields = (...flat: string[]): HeaderFields => new HeaderFields(flat);

test('RFC 9111 §4.3.1: a cache asks by the validators that it has', () => {
  const asked = fields();
  assert.equal(askWhetherChanged(asked, fields('etag', 'W/"a"', 'last-modified', 'then')), true);
  assert.deepEqual(
    [...asked],
    [
      ['if-none-match', 'W/"a"'],
      ['if-modified-since', 'then'],
    ],
  );
  assert.equal(askWhetherChanged(fields(), fields('x', 'y')), false);
});

test('RFC 9110 §13.1.2: If-None-Match compares weakly, with each of a list, or takes anything', () => {
  const unchanged = (tags: string, etag: string) =>
    isUnchanged(fields('if-none-match', tags), fields('etag', etag), NOW);
  assert.ok(unchanged('"a"', '"a"'));
  assert.ok(unchanged('W/"a"', '"a"'));
  assert.ok(unchanged('"a"', 'W/"a"'));
  assert.ok(unchanged('"1", "a,b", "a"', '"a,b"'));
  assert.ok(unchanged('*', '"a"'));
  assert.ok(!unchanged('"b"', '"a"'));
  assert.ok(!unchanged('a', '"a"'));
  assert.ok(!isUnchanged(fields('if-none-match', '"a"'), fields(), NOW));
});

test('RFC 9111 §4.3.2: If-Modified-Since counts without If-None-Match, against Last-Modified or else Date', () => {
  const at = (deltaS: number): string => formatHttpDate(NOW + deltaS * 1000);
  const stored = fields('last-modified', at(-3000), 'etag', '"a"');
  assert.ok(isUnchanged(fields('if-modified-since', at(-3000)), stored, NOW));
  assert.ok(isUnchanged(fields('if-modified-since', at(-2000)), stored, NOW));
  assert.ok(!isUnchanged(fields('if-modified-since', at(-4000)), stored, NOW));
  assert.ok(!isUnchanged(fields('if-none-match', '"b"', 'if-modified-since', at(0)), stored, NOW));
  assert.ok(isUnchanged(fields('if-modified-since', at(0)), fields('date', at(-5)), NOW));
  assert.ok(!isUnchanged(fields('if-modified-since', 'yesterday'), stored, NOW));
});

test('RFC 9110 §13.1.5: If-Range compares strongly', () => {
  assert.ok(rangeHolds(fields(), fields('etag', '"a"')));
  assert.ok(rangeHolds(fields('if-range', '"a"'), fields('etag', '"a"')));
  assert.ok(!rangeHolds(fields('if-range', 'W/"a"'), fields('etag', 'W/"a"')));
  assert.ok(!rangeHolds(fields('if-range', '"b"'), fields('etag', '"a"')));
});

test('RFC 9111 §4.3.4: a 304 with another strong validator is about something else', () => {
  assert.ok(confirms(fields(), fields('etag', '"a"')));
  assert.ok(confirms(fields('etag', '"a"'), fields('etag', 'W/"a"')));
  assert.ok(!confirms(fields('etag', '"b"'), fields('etag', '"a"')));
});

test('RFC 9111 §4.3.5: a HEAD speaks of the stored body as long as nothing contradicts', () => {
  const stored = fields('etag', '"a"');
  assert.ok(describesSame(fields('content-length', '5'), stored, 5));
  assert.ok(!describesSame(fields('content-length', '6'), stored, 5));
  assert.ok(!describesSame(fields('etag', '"b"'), stored, 5));
});

test('RFC 9110 §15.4.5: a 304 keeps its validators and drops what describes a body', () => {
  const kept = notModifiedFields(
    fields('etag', '"a"', 'content-type', 'text/plain', 'content-length', '5', 'vary', 'x'),
  );
  assert.deepEqual(
    [...kept].map(([name]) => name),
    ['etag', 'vary'],
  );
});

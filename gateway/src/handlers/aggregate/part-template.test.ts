import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import { ExactNumber } from '../../wire/json/json-value.ts';
import { fillText, fillValue, parsePartTemplate, placesOf, valueAt } from './part-template.ts';

const parts = new Set(['user', 'order-list']);
const clock = new ManualClock();
const orders = [
  { id: 1, lines: [{ sku: 'a' }, { sku: 'b' }] },
  { id: 2, lines: [{ sku: 'c' }] },
];

function sourceWith(user: unknown, more: object = {}) {
  const exchange = exchangeOn(clock, { query: 'page=2', headers: HeaderFields.of({ 'x-a': 'b' }), ...more });
  const values = new Map([
    ['user', user],
    ['order-list', orders],
  ]);
  return { exchange, clock, body: { sku: { id: [7] } }, values };
}

const text = (template: string, user: unknown = { id: 1 }, more: object = {}) =>
  fillText(parsePartTemplate(template, parts), sourceWith(user, more), encodeURIComponent);

describe('places', () => {
  it('are of parts, of the body and of the request', () => {
    assert.equal(text('{user.id}-{query.page}-{headers.X-A}-{body.sku.id}'), '1-2-b-7');
    assert.equal(text('{{user}} {user.id}'), '{user} 1');
    const places = placesOf(parsePartTemplate('{user.id}{query.page?}', parts));
    assert.deepEqual(
      places.map(({ name, root, optional, isPart }) => [name, root, optional, isPart]),
      [
        ['user.id', 'user', false, true],
        ['query.page', 'query', true, false],
      ],
    );
  });

  it('are refused by name where nothing fills them', () => {
    assert.throws(
      () => parsePartTemplate('{usr.id}', parts),
      /nothing is called {usr.id}; parts are user, order-list/,
    );
    assert.throws(() => parsePartTemplate('{user..id}', parts), RangeError);
    assert.throws(() => parsePartTemplate('{query}', parts), RangeError);
    assert.throws(() => parsePartTemplate('{user.id', parts), /without its }/);
  });
});

describe('values', () => {
  it('of lists are joined by commas, each encoded', () => {
    assert.equal(text('{order-list.id}'), '1,2');
    assert.equal(text('{order-list.lines.sku}'), 'a,b,c');
    assert.equal(text('{user.tags}', { tags: ['a b', 'c,d'] }), 'a%20b,c%2Cd');
  });

  it('are found by names and digits, own members alone', () => {
    assert.equal(valueAt(orders, ['1', 'lines', '0', 'sku']), 'c');
    assert.deepEqual(valueAt(orders, ['lines', '0', 'sku']), ['a', 'c']);
    assert.equal(valueAt({ a: null }, ['a', 'b']), undefined);
    assert.equal(valueAt({}, ['constructor']), undefined);
    assert.equal(valueAt('text', ['length']), undefined);
  });

  it('keep every digit', () => {
    assert.equal(text('{user.id}', { id: new ExactNumber('12345678901234567890') }), '12345678901234567890');
  });

  it('that are missing are an error by whose fault it is', () => {
    const anonymous = { identity: undefined };
    assert.throws(() => text('{user.id}', {}), { code: 'upstream_invalid' });
    for (const id of [null, '', [], {}, [{}]]) {
      assert.throws(() => text('{user.id}', { id }), { code: 'upstream_invalid' });
    }
    assert.throws(() => text('{query.size}'), {
      code: 'bad_request',
      members: { reason: 'query.size is missing' },
    });
    assert.throws(() => text('{identity.subject}', {}, anonymous), { code: 'unauthenticated' });
    const known = { identity: makeIdentity() };
    assert.throws(() => text('{identity.claims.org}', {}, known), { code: 'forbidden' });
  });

  it('that may be missing leave out what they stand in', () => {
    assert.equal(text('x{query.size?}'), undefined);
    assert.equal(text('x{query.page?}'), 'x2');
  });

  it('keep their type where they stand alone', () => {
    const value = (template: string) =>
      fillValue(parsePartTemplate(template, parts), sourceWith({ id: null }));
    assert.deepEqual(value('{body.sku}'), { id: [7] });
    assert.equal(value('{user.id}'), null);
    assert.equal(value('{user.name?}'), undefined);
    assert.equal(value('n {query.page}'), 'n 2');
    assert.throws(() => value('{user.name}'), { code: 'upstream_invalid' });
  });
});

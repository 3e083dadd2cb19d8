import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { fieldSelectionConfig, parseFields, takeParameter } from './field-selection.ts';
import { keepNamed } from './json-select.ts';

const config = fieldSelectionConfig.parse(true);
const VALUE = { id: 1, user: { name: 'A', mail: 'm' }, items: [{ sku: 'a', price: { eur: 1, usd: 2 } }] };

test('names, dots, brackets and marks', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['id', { id: 1 }],
    ['id, user.name', { id: 1, user: { name: 'A' } }],
    ['items(sku,price(eur)),id', { id: 1, items: [{ sku: 'a', price: { eur: 1 } }] }],
    ['items.price.usd', { items: [{ price: { usd: 2 } }] }],
    ['user.*', { user: { name: 'A', mail: 'm' } }],
    ['nope', {}],
    ['user(name,mail),user', { user: { name: 'A', mail: 'm' } }],
  ];
  for (const [text, expected] of cases) {
    const tree = parseFields(text, config);
    assert.deepEqual(tree && keepNamed(VALUE, tree), expected, text);
  }
  assert.equal(parseFields(' ', config), undefined);
});

test('what is no selection, or too much of one, is refused', () => {
  const many = Array.from({ length: 51 }, (_, i) => `f${i}`).join(',');
  const bad = [
    'a,',
    ',a',
    'a,,b',
    'a(',
    'a()',
    'a(b',
    'a)b',
    'a)',
    '(a)',
    'a(b)c',
    'a..b',
    'a(,b)',
    'a.b.c.d.e.f.g.h.i',
  ];
  for (const text of [...bad, many, 'x'.repeat(2049)]) {
    assert.throws(
      () => parseFields(text, config),
      (error) => error instanceof FrontdeskError && error.code === 'bad_request',
      text,
    );
  }
});

test('the parameter leaves the query, and nothing else of it changes', () => {
  assert.deepEqual(takeParameter('a=%20+1&fields=x%2Cy&b&fields=z', 'fields'), {
    value: 'x,y',
    rest: 'a=%20+1&b',
  });
  assert.deepEqual(takeParameter('a=fields', 'fields'), { value: undefined, rest: 'a=fields' });
});

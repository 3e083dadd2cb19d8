import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { InputRewrite, RequiredSelection } from '../plan/plan.ts';
import { loadSupergraph, type TypeIndex } from '../supergraph/supergraph.ts';
import { companySupergraph } from '../testing/company.fixture.ts';
import type { DataObject } from './data.ts';
import { Failure, publicEntry } from './failure.ts';
import { compileLikeness, compileRepresentation, type Represent } from './representation.ts';

let types: TypeIndex;
before(async () => {
  ({ types } = await loadSupergraph(await companySupergraph()));
});

const field = (name: string, as = name, ...selections: RequiredSelection[]): RequiredSelection => ({
  kind: 'field',
  name,
  as,
  selections,
});
const on = (type: string, ...selections: RequiredSelection[]): RequiredSelection => ({
  kind: 'fragment',
  type,
  selections: [field('__typename'), ...selections],
});
const failure = Failure.of(publicEntry('upstream_error', 's'));

function compile(requires: RequiredSelection[], rewrites: InputRewrite[] = []): Represent {
  return compileRepresentation(requires, rewrites, types);
}

test('the text has the fields of the object’s type, in order, as JSON', () => {
  const represent = compile([on('Product', field('upc'), field('_alias', 'price')), on('User', field('id'))]);
  const product: DataObject = { __typename: 'Product', name: 'x', _alias: 3, upc: 'a"b' };
  assert.equal(represent(product), '{"__typename":"Product","upc":"a\\"b","price":3}');
  assert.equal(represent({ __typename: 'User', id: '1' }), '{"__typename":"User","id":"1"}');
});

test('an unknown entity is not asked for: no type, another type, a field that never came', () => {
  const represent = compile([on('Product', field('upc'))]);
  for (const unknown of [
    {},
    { upc: '1' },
    { __typename: 'User', upc: '1' },
    { __typename: 'Product' },
    { __typename: 7, upc: '1' },
  ]) {
    assert.equal(represent(unknown), undefined);
  }
});

test('an entity whose every field is null is nobody; a null beside a key is sent', () => {
  const represent = compile([on('Product', field('upc'), field('price'))]);
  assert.equal(represent({ __typename: 'Product', upc: null, price: null }), undefined);
  assert.equal(
    represent({ __typename: 'Product', upc: '1', price: null }),
    '{"__typename":"Product","upc":"1","price":null}',
  );
});

test('a failed field fails whatever needs it', () => {
  const represent = compile([on('Product', field('upc'), field('box', 'box', field('w')))]);
  assert.equal(represent({ __typename: 'Product', upc: failure }), failure);
  assert.equal(represent({ __typename: 'Product', upc: '1', box: failure }), failure);
  assert.equal(represent({ __typename: 'Product', upc: '1', box: { w: failure } }), failure);
  assert.equal(represent({ __typename: failure }), failure);
});

test('an item that failed in a list of leaves fails whatever needs the list', () => {
  const represent = compile([on('Product', field('upc'), field('tags'))]);
  const fine = { __typename: 'Product', upc: 'p1', tags: [['a', null], null] };
  assert.equal(represent(fine), '{"__typename":"Product","upc":"p1","tags":[["a",null],null]}');
  assert.equal(represent({ ...fine, tags: ['a', failure] }), failure);
  assert.equal(represent({ ...fine, tags: [null, ['a', failure]] }), failure);
});

test('objects and lists in a representation carry what is required of them alone', () => {
  const represent = compile([
    on('Product', field('upc'), field('box', 'box', field('w'), field('inner', 'inner', field('h')))),
  ]);
  const text = represent({
    __typename: 'Product',
    upc: '1',
    box: [{ w: 1, x: 2, inner: { h: 3, y: 4 } }, null],
  });
  assert.equal(text, '{"__typename":"Product","upc":"1","box":[{"w":1,"inner":{"h":3}},null]}');
  assert.equal(represent({ __typename: 'Product', upc: '1', box: { w: 1 } }), undefined);
  assert.equal(
    represent({ __typename: 'Product', upc: '1', box: null }),
    '{"__typename":"Product","upc":"1","box":null}',
  );
});

test('an interface object is asked for under its interface’s name, whatever its type', () => {
  const rewrite: InputRewrite = {
    path: [
      { kind: 'type', types: ['Thing'] },
      { kind: 'key', name: '__typename' },
    ],
    value: 'Thing',
  };
  const represent = compile([on('Chair', field('id'))], [rewrite]);
  for (const type of ['Thing', 'Chair', 'Lamp']) {
    assert.equal(represent({ __typename: type, id: '1' }), '{"__typename":"Thing","id":"1"}');
  }
});

test('names like __proto__ and constructor are fields like others', () => {
  const represent = compile([on('Product', field('__proto__'), field('constructor'))]);
  assert.equal(represent({ __typename: 'Product' }), undefined);
  assert.equal(
    represent(JSON.parse('{"__typename":"Product","__proto__":"a","constructor":"b"}')),
    '{"__typename":"Product","__proto__":"a","constructor":"b"}',
  );
});

test('entities are alike only where their texts are equal', () => {
  const requires = [on('Product', field('upc'), field('_alias', 'price')), on('User', field('id'))];
  const likeness = compileLikeness(requires);
  const represent = compile(requires);
  assert.ok(likeness);
  const value = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('1', 1, null) },
    { weight: 1, arbitrary: fc.constantFrom('a"b', undefined, failure, [1]) },
  );
  const entity = fc.record({
    __typename: fc.constantFrom('Product', 'User'),
    upc: value,
    _alias: value,
    id: value,
  });
  let alike = 0;
  fc.assert(
    fc.property(entity, entity, (a, b) => {
      const texts = [represent(a), represent(b)];
      const same = likeness.same(a, b);
      if (same) alike += 1;
      if (same) assert.equal(texts[0], texts[1]);
      if (same) assert.equal(likeness.key(a), likeness.key(b));
      assert.equal(likeness.same(a, { ...a }), true);
    }),
    { numRuns: 3000 },
  );
  assert.ok(alike > 5, `${alike} were alike`);
});

test('entities known by objects, or by nothing, are told apart by their texts alone', () => {
  assert.equal(compileLikeness([on('Product', field('size', 'size', field('w')))]), undefined);
  assert.equal(compileLikeness([on('Product')]), undefined);
});

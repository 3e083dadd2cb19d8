import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { EntityBatch, RequiredSelection } from '../plan/plan.ts';
import { loadSupergraph, type TypeIndex } from '../supergraph/supergraph.ts';
import { companySupergraph } from '../testing/company.fixture.ts';
import { Failure, publicEntry } from './failure.ts';
import { compileUnrequired } from './unrequired.ts';
import { writtenKeys } from './written.ts';

let types: TypeIndex;
before(async () => {
  ({ types } = await loadSupergraph(await companySupergraph()));
});

const field = (name: string): RequiredSelection => ({ kind: 'field', name, as: name, selections: [] });

function batch(...sent: string[]): EntityBatch {
  return {
    alias: '_entities',
    variable: 'representations',
    paths: [[]],
    requires: [{ kind: 'fragment', type: 'Product', selections: ['__typename', ...sent].map(field) }],
    inputRewrites: [],
    outputRewrites: [],
  };
}

const compile = (sent: string[], asked: string) =>
  compileUnrequired(batch(...sent), writtenKeys(`{ ${asked} }`), 'inventory', types);

test('what needs the keys alone is told apart from what requires more', () => {
  const found = compile(['upc', 'price', 'weight'], '__typename inStock label: shippingEstimate');
  assert.deepEqual(
    found?.dependent.map(({ key }) => key),
    ['label'],
  );
  assert.deepEqual(
    found?.keys.map(({ key }) => key),
    ['__typename', 'inStock'],
  );
  const lost = Failure.of(publicEntry('upstream_error', 'products'));
  const product = { __typename: 'Product', upc: 'p1', price: lost };
  assert.equal(found?.represent(product), '{"__typename":"Product","upc":"p1"}');
  assert.equal(found?.represent({ ...product, upc: lost }), lost);
});

test('where all needs the same, or nobody would be known, there is nothing to tell apart', () => {
  assert.equal(compile(['upc'], 'inStock'), undefined);
  assert.equal(compile(['upc', 'price', 'weight'], '__typename shippingEstimate'), undefined);
  assert.equal(compile(['price', 'weight'], 'inStock shippingEstimate'), undefined);
});

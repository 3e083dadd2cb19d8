import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { EntitiesNode } from '../plan/plan.ts';
import { loadSupergraph, type TypeIndex } from '../supergraph/supergraph.ts';
import { companySupergraph, makeCompany } from '../testing/company.fixture.ts';
import { identityCheck, isSameEntity } from './identity.ts';

let types: TypeIndex;
before(async () => {
  ({ types } = await loadSupergraph(await companySupergraph()));
});

function node(type: string, ...names: string[]): EntitiesNode {
  const selections = ['__typename', ...names].map(
    (name) => ({ kind: 'field', name, as: name, selections: [] }) as const,
  );
  return {
    kind: 'entities',
    subgraph: 'inventory',
    operationKind: 'query',
    operation: 'query($r:[_Any!]!){_entities(representations:$r){...on Product{inStock}}}',
    operationName: undefined,
    variables: [],
    batches: [
      {
        alias: '_entities',
        variable: 'r',
        paths: [],
        requires: [{ kind: 'fragment', type, selections }],
        inputRewrites: [],
        outputRewrites: [],
      },
    ],
  };
}

test('the keys that are sent are asked back, other requirements are not', () => {
  const check = identityCheck(node('Product', 'upc', 'price'), types);
  assert.deepEqual(check.keys, [['upc']]);
  assert.match(
    check.operation.replace(/\s+/g, ' '),
    /\.\.\. on Product { inStock } \.\.\. on Product { upc }/,
  );
  assert.equal(identityCheck(node('User', 'id'), types).added, false);
});

test('an answer with another key or type is another entity; one that says nothing is believed', () => {
  const asked = { __typename: 'Product', upc: '1' };
  const same = (answer: Record<string, unknown>) => isSameEntity(asked, answer, ['upc'], types);
  assert.equal(same({ upc: '1' }), true);
  assert.equal(same({ upc: 1 }), true);
  assert.equal(same({}), true);
  assert.equal(same({ upc: null }), true);
  assert.equal(same({ upc: '2' }), false);
  assert.equal(same({ upc: '1', __typename: 'User' }), false);
  assert.equal(isSameEntity({ __typename: 'Lamp', id: 1 }, { __typename: 'Thing' }, [], types), true);
  assert.equal(isSameEntity({ __typename: 'Thing', id: 1 }, { __typename: 'Lamp' }, [], types), true);
  assert.equal(isSameEntity({ __typename: 'Lamp', id: 1 }, { __typename: 'Chair' }, [], types), false);
});

test('a key of another type of the batch, which was not sent, is not compared', () => {
  const asked = { __typename: 'Product', upc: 'p1' };
  assert.equal(isSameEntity(asked, { upc: 'p1', id: '7' }, ['upc', 'id'], types), true);
  assert.equal(isSameEntity(asked, { upc: 'p2', id: '7' }, ['upc', 'id'], types), false);
});

test('a subgraph that resolves entities without their keys is asked as planned', async () => {
  const company = await makeCompany({
    misbehave: async (name, { query }) => {
      if (name !== 'inventory') return undefined;
      if (!/\bupc\b/.test(query))
        return { text: '{"data":{"_entities":[{"inStock":true},{"inStock":false}]}}' };
      return {
        text: JSON.stringify({
          data: { _entities: [null, null] },
          errors: [0, 1].map((index) => ({ message: 'no upc', path: ['_entities', index, 'upc'] })),
        }),
      };
    },
  });
  const ask = () =>
    company.graph.executeObject({
      query: '{ topProducts(first: 2) { inStock } }',
      context: company.context(),
    });
  for (let i = 0; i < 2; i++) {
    assert.equal(
      JSON.stringify(await ask()),
      '{"data":{"topProducts":[{"inStock":true},{"inStock":false}]}}',
    );
  }
  assert.deepEqual(
    company.calls.map(({ subgraph }) => subgraph),
    ['products', 'inventory', 'inventory', 'products', 'inventory'],
  );
});

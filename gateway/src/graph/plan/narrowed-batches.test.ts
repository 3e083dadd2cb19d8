import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stripIgnoredCharacters } from 'graphql';
import { fetchNode } from '../testing/plan.fixture.ts';
import { withNarrowedBatches } from './narrowed-batches.ts';
import type { EntitiesNode, EntityBatch, PlanNode } from './plan.ts';
import { PlanTypes } from './plan-types.ts';

const FIELDS = 'id: ID! risk: Int yield(in: String): Int! note: String';
const types = new PlanTypes(
  parse(`type Query { assets: [Asset] } interface Asset { ${FIELDS} }
    type Bond implements Asset { ${FIELDS} } type Stock implements Asset { ${FIELDS} } type Fund implements Asset { ${FIELDS} }`),
);

const entities = (fields: string, batch: Partial<EntityBatch> = {}, definitions = ''): EntitiesNode => ({
  kind: 'entities',
  subgraph: 'risk',
  operationKind: 'query',
  operation: `query($representations:[_Any!]!${definitions}){_entities(representations:$representations){...on Asset{${fields}}}}`,
  operationName: undefined,
  variables: [],
  batches: [
    {
      alias: '_entities',
      variable: 'representations',
      paths: [[{ kind: 'field', name: 'assets' }]],
      requires: [
        {
          kind: 'fragment',
          type: 'Asset',
          selections: [{ kind: 'field', name: 'id', as: 'id', selections: [] }],
        },
      ],
      inputRewrites: [],
      outputRewrites: [],
      ...batch,
    },
  ],
});

const FOR_BONDS = '{ assets { risk ... on Bond { yield } } }';

test('a field for some types alone is asked for those, in the same request', () => {
  const node = entities('risk yield');
  const changed = withNarrowedBatches(FOR_BONDS, node, types);
  assert.ok(changed?.kind === 'entities');
  assert.equal(
    stripIgnoredCharacters(changed.operation),
    'query($representations:[_Any!]!$others:[_Any!]!){_entities(representations:$representations){...on Asset{risk yield}}_others:_entities(representations:$others){...on Asset{risk}}}',
  );
  const [batch] = node.batches;
  assert.deepEqual(changed.batches, [
    { ...batch, notOf: ['Stock', 'Fund'] },
    { ...batch, alias: '_others', variable: 'others', of: ['Stock', 'Fund'] },
  ]);
});

test('the others are not asked for at all where nothing is left', () => {
  const node = entities('yield');
  const query = '{ assets { ...F ... on Stock { yield } } } fragment F on Bond { yield }';
  assert.deepEqual(withNarrowedBatches(query, node, types), {
    ...node,
    batches: [{ ...node.batches[0], notOf: ['Fund'] }],
  });
});

test('fields that differ in whom they are for: those that want none of them are asked for without', () => {
  const changed = withNarrowedBatches(
    '{ assets { risk ... on Bond { yield y2: yield } ... on Stock { y2: yield } } }',
    entities('risk yield y2:yield'),
    types,
  );
  assert.ok(changed?.kind === 'entities');
  assert.deepEqual(
    changed.batches.map(({ of, notOf }) => [of, notOf]),
    [
      [undefined, ['Fund']],
      [['Fund'], undefined],
    ],
  );
});

test('batches are found wherever they stand in a plan', () => {
  const node = entities('risk yield');
  const narrow = withNarrowedBatches(FOR_BONDS, node, types);
  const plan = (one: PlanNode | undefined): PlanNode => ({
    kind: 'sequence',
    nodes: [
      fetchNode('0'),
      {
        kind: 'defer',
        primary: { kind: 'condition', variable: 'v', ifTrue: one, ifFalse: undefined },
        deferred: [{ label: 'd', depends: ['0'], node: one && { kind: 'parallel', nodes: [one] } }],
      },
    ],
  });
  assert.deepEqual(withNarrowedBatches(FOR_BONDS, plan(node), types), plan(narrow));
});

test('what may be wanted of all, or may be null, is asked for as planned', () => {
  const id = { kind: 'field' as const, name: 'yield', as: 'yield', selections: [] };
  const cases: [string, EntitiesNode][] = [
    ['{ assets { risk yield ... on Bond { yield } } }', entities('risk yield')],
    ['{ assets { risk ... on Asset { yield } } }', entities('risk yield')],
    ['{ assets { risk ... on Bond { yield ... on Asset { yield } } } }', entities('risk yield')],
    ['{ assets { risk ... on Bond { risk: note note } } }', entities('risk note')],
    ['{ assets { risk ... on Bond { yield } } }', entities('risk yield(in:$in)', {}, '$in:String')],
    [FOR_BONDS, entities('risk yield', { requires: [id] })],
    [FOR_BONDS, entities('risk yield', { alias: '_e0' })],
    [
      FOR_BONDS,
      entities('risk x:yield', {
        outputRewrites: [{ path: [{ kind: 'key', name: 'x' }], renameTo: 'yield' }],
      }),
    ],
    ['{ assets { ... on Bond { yield } ... on Stock { yield } ... on Fund { yield } } }', entities('yield')],
  ];
  for (const [query, node] of cases) assert.deepEqual(withNarrowedBatches(query, node, types), node, query);
  assert.equal(withNarrowedBatches(FOR_BONDS, undefined, types), undefined);
});

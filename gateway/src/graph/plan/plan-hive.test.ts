import assert from 'node:assert/strict';
import { test } from 'node:test';
import { companySupergraph } from '../testing/company.fixture.ts';
import { convertNode, createHivePlanner } from './plan-hive.ts';

test('plans what the supergraph allows; what it cannot plan is an invalid query', async () => {
  const planner = await createHivePlanner(await companySupergraph());
  const plan = await planner.plan(
    'query A($s: Boolean!) { me { reviews { id } @include(if: $s) } }'.replace(' @include(if: $s)', ''),
    undefined,
  );
  assert.equal(plan?.kind, 'sequence');
  await assert.rejects(planner.plan('{ __schema { types { name } } }', undefined), { code: 'invalid_query' });
  planner.close();
});

test('a flattened fetch becomes a fetch of entities with one batch', () => {
  const node = convertNode(
    {
      kind: 'Flatten',
      path: [{ Field: 'a' }, '@', { TypeCondition: ['B', 'C'] }],
      node: {
        kind: 'Fetch',
        serviceName: 's',
        operation:
          'query($representations:[_Any!]!){_entities(representations:$representations){...on B{x}}}',
        requires: [
          {
            kind: 'InlineFragment',
            typeCondition: 'B',
            selections: [
              { kind: 'Field', name: '__typename' },
              { kind: 'Field', name: '_alias', alias: 'price' },
            ],
          },
        ],
        inputRewrites: [
          { ValueSetter: { path: [{ TypenameEquals: ['B'] }, { Key: '__typename' }], setValueTo: 'I' } },
        ],
        outputRewrites: [{ KeyRenamer: { path: [{ Key: 'x' }], renameKeyTo: 'y' } }],
      },
    },
    [],
  );
  assert.ok(node?.kind === 'entities');
  const [batch] = node.batches;
  assert.deepEqual(batch?.paths, [
    [
      { kind: 'field', name: 'a' },
      { kind: 'type', types: ['B', 'C'] },
    ],
  ]);
  assert.deepEqual(batch?.requires, [
    {
      kind: 'fragment',
      type: 'B',
      selections: [
        { kind: 'field', name: '__typename', as: '__typename', selections: [] },
        { kind: 'field', name: '_alias', as: 'price', selections: [] },
      ],
    },
  ]);
  assert.deepEqual(batch?.inputRewrites, [
    {
      path: [
        { kind: 'type', types: ['B'] },
        { kind: 'key', name: '__typename' },
      ],
      value: 'I',
    },
  ]);
  assert.deepEqual(batch?.outputRewrites, [{ path: [{ kind: 'key', name: 'x' }], renameTo: 'y' }]);
});

test('nodes that are not served are refused', () => {
  assert.throws(() => convertNode({ kind: 'Defer', primary: {}, deferred: [] }, []), {
    code: 'invalid_query',
  });
});

test('a subscription at the head of a sequence takes the rest of it for each event', () => {
  const fetch = (operation: string, operationKind: 'query' | 'subscription') =>
    ({ kind: 'Fetch', serviceName: 's', operation, operationKind }) as const;
  const primary = fetch('subscription{a}', 'subscription');
  const alone = convertNode({ kind: 'Subscription', primary }, []);
  assert.ok(alone?.kind === 'subscription');
  assert.equal(alone.primary.operationKind, 'subscription');
  assert.equal(alone.rest, undefined);
  const node = convertNode(
    {
      kind: 'Sequence',
      nodes: [{ kind: 'Subscription', primary }, fetch('{b}', 'query'), fetch('{c}', 'query')],
    },
    [],
  );
  assert.ok(node?.kind === 'subscription');
  assert.ok(node.rest?.kind === 'sequence');
  assert.deepEqual(
    node.rest.nodes.map((child) => child.kind === 'fetch' && child.operation),
    ['{b}', '{c}'],
  );
});

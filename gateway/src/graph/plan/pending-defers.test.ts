import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingDefers } from './pending-defers.ts';
import type { DeferredPart, FetchNode, PlanNode } from './plan.ts';

const fetch = (id: string): FetchNode => ({
  kind: 'fetch',
  id,
  subgraph: 's',
  operationKind: 'query',
  operation: '{a}',
  operationName: undefined,
  variables: [],
  path: [],
  outputRewrites: [],
});

const defer = (primary: PlanNode | undefined, ...deferred: DeferredPart[]): PlanNode => ({
  kind: 'defer',
  primary,
  deferred,
});

test('a part with a fetch of its own is waited for; one that the answer brings is not', () => {
  const plan = defer(
    fetch('0'),
    { label: 'own', depends: ['0'], node: fetch('1') },
    { label: 'brought', depends: ['0'], node: undefined },
  );
  assert.deepEqual([...pendingDefers(plan)], ['own']);
  assert.deepEqual([...pendingDefers(fetch('0'))], []);
  assert.deepEqual([...pendingDefers(undefined)], []);
});

test('a part without fetches that holds another is not waited for, the other is', () => {
  const plan = defer(fetch('0'), {
    label: 'outer',
    depends: ['0'],
    node: defer(undefined, { label: 'inner', depends: ['0'], node: fetch('1') }),
  });
  assert.deepEqual([...pendingDefers(plan)], ['inner']);
});

test("what an outer part brings is told with it; what a sibling's part brings is waited for", () => {
  const plan = defer(
    fetch('0'),
    {
      label: 'outer',
      depends: ['0'],
      node: defer(fetch('1'), { label: 'inner', depends: ['1'], node: undefined }),
    },
    { label: 'sibling', depends: ['1'], node: undefined },
  );
  assert.deepEqual([...pendingDefers(plan)], ['outer', 'sibling']);
});

test('parts are found in sequences, groups and branches', () => {
  const part = (label: string): PlanNode =>
    defer(fetch(label), { label, depends: [label], node: fetch(`${label}1`) });
  const plan: PlanNode = {
    kind: 'sequence',
    nodes: [
      part('a'),
      {
        kind: 'parallel',
        nodes: [part('b'), { kind: 'condition', variable: 'v', ifTrue: part('c'), ifFalse: part('d') }],
      },
    ],
  };
  assert.deepEqual([...pendingDefers(plan)], ['a', 'b', 'c', 'd']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchNode } from '../testing/plan.fixture.ts';
import { pendingDefers } from './pending-defers.ts';
import type { DeferredPart, PlanNode } from './plan.ts';

const defer = (primary: PlanNode | undefined, ...deferred: DeferredPart[]): PlanNode => ({
  kind: 'defer',
  primary,
  deferred,
});

test('a part with a fetch of its own is waited for; one that the answer brings is not', () => {
  const plan = defer(
    fetchNode('0'),
    { label: 'own', depends: ['0'], node: fetchNode('1') },
    { label: 'brought', depends: ['0'], node: undefined },
  );
  assert.deepEqual([...pendingDefers(plan)], ['own']);
  assert.deepEqual([...pendingDefers(fetchNode('0'))], []);
  assert.deepEqual([...pendingDefers(undefined)], []);
});

test('a part without fetches that holds another is not waited for, the other is', () => {
  const plan = defer(fetchNode('0'), {
    label: 'outer',
    depends: ['0'],
    node: defer(undefined, { label: 'inner', depends: ['0'], node: fetchNode('1') }),
  });
  assert.deepEqual([...pendingDefers(plan)], ['inner']);
});

test("what an outer part brings is told with it; what a sibling's part brings is waited for", () => {
  const plan = defer(
    fetchNode('0'),
    {
      label: 'outer',
      depends: ['0'],
      node: defer(fetchNode('1'), { label: 'inner', depends: ['1'], node: undefined }),
    },
    { label: 'sibling', depends: ['1'], node: undefined },
  );
  assert.deepEqual([...pendingDefers(plan)], ['outer', 'sibling']);
});

test('parts are found in sequences, groups and branches', () => {
  const part = (label: string): PlanNode =>
    defer(fetchNode(label), { label, depends: [label], node: fetchNode(`${label}1`) });
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

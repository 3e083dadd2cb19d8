import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchNode } from '../testing/plan.fixture.ts';
import type { DeferredPart, PlanNode } from './plan.ts';
import { idsOf, withPossibleDepends } from './possible-depends.ts';

const defer = (primary: PlanNode | undefined, ...deferred: DeferredPart[]): PlanNode => ({
  kind: 'defer',
  primary,
  deferred,
});

test('a part waits for what is fetched before its @defer, and before those around it', () => {
  const plan = defer(
    { kind: 'sequence', nodes: [fetchNode('0'), fetchNode('1')] },
    { label: 'a', depends: ['0', '1'], node: fetchNode('2') },
    {
      label: 'b',
      depends: [],
      node: defer(fetchNode('3'), { label: 'c', depends: ['3', '0'], node: undefined }),
    },
  );
  assert.deepEqual(withPossibleDepends(plan), plan);
  assert.deepEqual(withPossibleDepends(fetchNode('0')), fetchNode('0'));
});

test('it does not wait for what is nowhere, for itself, or for a part beside it', () => {
  const planOf = (...depends: string[][]): PlanNode => ({
    kind: 'condition',
    variable: 'v',
    ifTrue: {
      kind: 'parallel',
      nodes: [
        defer(
          fetchNode('0'),
          { label: 'nowhere', depends: depends[0] ?? [], node: fetchNode('1') },
          {
            label: 'itself',
            depends: depends[1] ?? [],
            node: defer(fetchNode('2'), { label: 'inner', depends: depends[2] ?? [], node: fetchNode('3') }),
          },
          { label: 'beside', depends: depends[3] ?? [], node: fetchNode('4') },
        ),
      ],
    },
    ifFalse: undefined,
  });
  assert.deepEqual(
    withPossibleDepends(planOf(['0', '9'], ['2', '0'], ['3', '2', '4'], ['1', '3', '0'])),
    planOf(['0'], ['0'], ['2'], ['0']),
  );
});

test('the ids of a node are those of its fetches, without what it defers', () => {
  const { id: _, ...unnamed } = fetchNode('');
  const node: PlanNode = {
    kind: 'sequence',
    nodes: [
      unnamed,
      fetchNode('0'),
      defer(fetchNode('1'), { label: 'a', depends: [], node: fetchNode('2') }),
      { kind: 'condition', variable: 'v', ifTrue: fetchNode('3'), ifFalse: undefined },
    ],
  };
  assert.deepEqual(idsOf(node), ['0', '1', '3']);
  assert.deepEqual(idsOf(undefined), []);
});

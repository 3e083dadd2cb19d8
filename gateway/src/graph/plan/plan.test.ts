import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FetchNode, fetchesOf } from './plan.ts';

test('the fetches of a plan, in its order, through every kind of node', () => {
  const fetch = (subgraph: string): FetchNode => ({
    kind: 'fetch',
    subgraph,
    operationKind: 'query',
    operation: '{a}',
    operationName: undefined,
    variables: [],
    path: [],
    outputRewrites: [],
  });
  const plan = {
    kind: 'sequence',
    nodes: [
      { kind: 'parallel', nodes: [fetch('a'), fetch('b')] },
      { kind: 'condition', variable: 'v', ifTrue: fetch('c'), ifFalse: undefined },
    ],
  } as const;
  assert.deepEqual(
    [...fetchesOf(plan)].map((node) => node.subgraph),
    ['a', 'b', 'c'],
  );
  assert.deepEqual([...fetchesOf(undefined)], []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SelectionNode } from 'graphql';
import { type Amendment, amendPlan } from './amend-plan.ts';
import type { FetchNode, PlanNode } from './plan.ts';
import { readOperation } from './plan-documents.ts';

function fetch(operation: string): FetchNode {
  return {
    kind: 'fetch',
    subgraph: 'a',
    operationKind: 'query',
    operation,
    operationName: undefined,
    variables: [],
    path: [],
    outputRewrites: [],
  };
}

function selectionsOf(text: string): readonly SelectionNode[] {
  return readOperation(text)?.operation.selectionSet.selections ?? [];
}

/** Adds to the top of a fetch's document. */
function amendment(node: FetchNode, added: string): Amendment {
  const read = readOperation(node.operation);
  assert.ok(read);
  return { read, added: new Map([[read.operation.selectionSet.selections, [...selectionsOf(added)]]]) };
}

function operationOf(node: PlanNode | undefined): string {
  return node?.kind === 'fetch' ? node.operation.replace(/\s+/g, ' ') : '';
}

const client = readOperation('query ($v: Int = 1, $w: Int) { a }')?.operation;
assert.ok(client);

test('additions stand in the document, with the types of the objects below and the variables they use', () => {
  const node = fetch('query ($w: Int) {a(w: $w)}');
  const plan = amendPlan(node, client, new Map([[node, amendment(node, '{b(v: $v, w: $w) {c {d}}}')]]));
  assert.equal(
    operationOf(plan),
    'query ($w: Int, $v: Int = 1) { a(w: $w) b(v: $v, w: $w) { __typename c { __typename d } } }',
  );
  assert.deepEqual(plan?.kind === 'fetch' && [...plan.variables].sort(), ['v', 'w']);
});

test('only the fetch that is amended changes, wherever it stands in the plan', () => {
  const [same, changed] = [fetch('{a}'), fetch('{b}')];
  const amendments = new Map([[changed, amendment(changed, '{c}')]]);
  const wrap: ((node: PlanNode) => PlanNode)[] = [
    (node) => ({ kind: 'sequence', nodes: [same, node] }),
    (node) => ({ kind: 'parallel', nodes: [node, same] }),
    (node) => ({ kind: 'condition', variable: 'x', ifTrue: same, ifFalse: node }),
    (node) => ({ kind: 'subscription', primary: same, rest: node }),
    (node) => ({ kind: 'defer', primary: same, deferred: [{ label: 'l', depends: [], node }] }),
  ];
  for (const make of wrap) {
    const text: string = JSON.stringify(amendPlan(make(changed), client, amendments));
    const wanted = JSON.stringify(make({ ...changed, operation: '{\n  b\n  c\n}' }));
    assert.equal(text, wanted);
  }
  assert.equal(amendPlan(undefined, client, amendments), undefined);
});

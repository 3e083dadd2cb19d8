import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanNode } from '../graph/plan.ts';
import { planText } from './plan-text.ts';

const request = { operationKind: 'query', operationName: undefined, variables: [] } as const;

test('a plan is a tree of what happens when', () => {
  const fetch: PlanNode = {
    ...request,
    kind: 'fetch',
    subgraph: 'users',
    path: [],
    operation: '{\n  me { id }\n}',
    outputRewrites: [],
  };
  const entities: PlanNode = {
    ...request,
    kind: 'entities',
    subgraph: 'orders',
    operation: '{ e }',
    batches: [
      {
        alias: '_entities',
        variable: 'representations',
        paths: [
          [
            { kind: 'field', name: 'me' },
            { kind: 'type', types: ['User'] },
          ],
        ],
        requires: [
          {
            kind: 'fragment',
            type: 'User',
            selections: [{ kind: 'field', name: 'id', as: 'id', selections: [] }],
          },
        ],
        inputRewrites: [],
        outputRewrites: [],
      },
    ],
  };
  const plan: PlanNode = {
    kind: 'sequence',
    nodes: [
      fetch,
      {
        kind: 'parallel',
        nodes: [entities, { kind: 'condition', variable: 'more', ifTrue: fetch, ifFalse: undefined }],
      },
    ],
  };
  assert.equal(
    planText(plan),
    `In sequence
  Fetch from users
    { me { id } }
  In parallel
    Entities from orders
      me.[User] by { ... on User { id } }
      { e }
    If $more
      Fetch from users
        { me { id } }
`,
  );
});

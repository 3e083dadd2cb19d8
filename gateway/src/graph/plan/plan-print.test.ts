import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Company, makeCompany } from '../testing/company.fixture.ts';
import { printPlan } from './plan-print.ts';

let company: Company;

before(async () => {
  company = await makeCompany({ kept: true });
});

test('a plan as a tree, with costs', async () => {
  const planned = await company.graph.plan(
    'query Board { tops: topProducts(first: 3) { upc inStock } me { id } }',
  );
  const lines = printPlan(planned).split('\n');
  assert.equal(lines[0], 'query Board  (cost 4; 3 fetches of 21 objects)');
  assert.equal(lines[1], '└─ sequence');
  assert.ok(lines.includes('   ├─ parallel'));
  assert.ok(lines.some((line) => line.endsWith('└─ entities inventory at tops  (cost 10)')));
  assert.ok(lines.some((line) => line.endsWith('fetch products  (cost 10)')));
  assert.ok(lines.some((line) => line.endsWith('fetch accounts  (cost 1)')));
});

test('a plan of nothing', async () => {
  const planned = await company.graph.plan('{ __schema { queryType { name } } }');
  assert.match(printPlan(planned), /nothing to fetch/);
});

test('a mutation and types on the way', async () => {
  const mutation = await company.graph.plan('mutation { rename(id: 1, name: "x") { address { zip } } }');
  assert.match(printPlan(mutation), /mutate accounts {2}\(cost \d+\)/);
  const typed = await company.graph.plan('{ media { ... on Book { rating } } }');
  assert.match(printPlan(typed), /entities critics at media\[Book\] {2}\(cost 10\)/);
});

test('conditions are drawn with their branches', async () => {
  const { operation } = await company.graph.plan('{ me { id } }');
  const fetch = {
    kind: 'fetch',
    subgraph: 'a',
    operationKind: 'query',
    operation: '{x}',
    operationName: undefined,
    variables: [],
    path: [],
    outputRewrites: [],
  } as const;
  const shape = { id: 0, typeName: 'Query', abstract: false, byType: new Map(), anyType: [] };
  const text = printPlan({
    plan: { kind: 'condition', variable: 'v', ifTrue: fetch, ifFalse: undefined },
    operation,
    shape,
    cost: 1,
  });
  assert.match(text, /└─ if \$v\n {3}└─ then\n {6}└─ fetch a/);
});

test('a subscription is drawn with what each event needs', async () => {
  const { operation } = await company.graph.plan('{ me { id } }');
  const primary = {
    kind: 'fetch',
    subgraph: 'a',
    operationKind: 'subscription',
    operation: 'subscription{x}',
    operationName: undefined,
    variables: [],
    path: [],
    outputRewrites: [],
  } as const;
  const rest = { ...primary, subgraph: 'b', operationKind: 'query', operation: '{y}' } as const;
  const shape = { id: 0, typeName: 'Subscription', abstract: false, byType: new Map(), anyType: [] };
  const text = printPlan({ plan: { kind: 'subscription', primary, rest }, operation, shape, cost: 1 });
  assert.match(text, /^└─ subscribe a/m);
  assert.match(text, /└─ for each event\n +└─ fetch b/);
});

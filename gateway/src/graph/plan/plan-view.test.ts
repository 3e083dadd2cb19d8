import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { type Company, makeCompany } from '../testing/company.fixture.ts';
import { type ShownNode, shownPlan } from './plan-view.ts';

let company: Company;
before(async () => {
  company = await makeCompany({ kept: true });
});

function all(node: ShownNode | undefined): ShownNode[] {
  return node ? [node, ...node.children.flatMap(all)] : [];
}

it('shows who is asked, where that goes, and what it costs', async () => {
  const shown = shownPlan(
    await company.graph.plan('query Board { tops: topProducts(first: 3) { upc inStock } me { id } }'),
  );
  assert.deepEqual(
    [shown.operation, shown.name, shown.cost, shown.fetches, shown.objects],
    ['query', 'Board', 4, 3, 21],
  );
  const asks = all(shown.root).filter(({ cost }) => cost !== undefined);
  assert.deepEqual(asks.map(({ kind, subject, at, cost }) => [kind, subject, at, cost]).sort(), [
    ['entities', 'inventory', 'tops', 10],
    ['fetch', 'accounts', '', 1],
    ['fetch', 'products', '', 10],
  ]);
  assert.ok(asks.every(({ document }) => document?.includes('{')));
});

it('shows mutations, and that there may be nothing to fetch', async () => {
  const mutation = shownPlan(await company.graph.plan('mutation { rename(id: 1, name: "x") { id } }'));
  assert.ok(all(mutation.root).some(({ kind, subject }) => kind === 'mutate' && subject === 'accounts'));
  assert.equal(shownPlan(await company.graph.plan('{ __typename }')).root, undefined);
});

it('shows the branches of conditions and what is deferred', async () => {
  const plain = await company.graph.plan('{ me { id } }');
  const { plan } = plain;
  assert.ok(plan);
  const condition = { kind: 'condition', variable: 'more', ifTrue: plan, ifFalse: undefined } as const;
  const [top, then] = all(shownPlan({ ...plain, plan: condition }).root);
  assert.deepEqual([top?.kind, top?.subject, then?.kind], ['if', '$more', 'then']);
  const deferred = [{ label: 'rest', depends: [], node: plan }];
  const kinds = all(shownPlan({ ...plain, plan: { kind: 'defer', primary: plan, deferred } }).root).map(
    ({ kind }) => kind,
  );
  assert.deepEqual(
    kinds.filter((kind) => kind !== 'fetch'),
    ['defer', 'at once', 'later'],
  );
});

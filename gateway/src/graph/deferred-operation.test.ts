import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Kind, type OperationDefinitionNode, parse, print } from 'graphql';
import { deferredOperation } from './deferred-operation.ts';
import { DeferMarks } from './document/defer.ts';
import { plannerDocument, resolveOperation } from './document/document.ts';
import { PLAIN } from './plan/plan.ts';
import { loadSupergraph, type Supergraph } from './supergraph/supergraph.ts';
import { companySupergraph } from './testing/company.fixture.ts';

let supergraph: Supergraph;
before(async () => {
  supergraph = await loadSupergraph(await companySupergraph());
});
after(() => supergraph.planner.close());

async function split(text: string) {
  const { schema, types, planner } = supergraph;
  const [operation] = parse(text, { noLocation: true }).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const marks = new DeferMarks(new Map(), {}, 20);
  const whole: OperationDefinitionNode = resolveOperation(operation, new Map(), {}, marks);
  const plan = await planner.plan(plannerDocument(whole, types.fieldNames) ?? '', undefined, {
    ...PLAIN,
    deferred: true,
  });
  return deferredOperation(schema, types, whole, marks, plan, new Set());
}

test('parts with fetches of their own are compiled, each with what follows it', async () => {
  const found = await split(
    '{ me { id ... @defer(label: "r") { reviews { id ... @defer(label: "p") { product { inStock } } } } } }',
  );
  assert.equal(found && print(found.primary).replace(/\s+/g, ' '), '{ me { id } }');
  const [part] = found?.deferred ?? [];
  assert.deepEqual([part?.label, part?.children[0]?.label], ['r', 'p']);
  const data = { reviews: [{ id: 'r1' }] };
  assert.equal(part?.writeText()(data, true), '{"reviews":[{"id":"r1"}]}');
  assert.equal(part?.writeText(), part?.writeText());
});

test('nothing is split where nothing more is fetched', async () => {
  assert.equal(await split('{ me { id address { ... @defer { street } } } }'), undefined);
});

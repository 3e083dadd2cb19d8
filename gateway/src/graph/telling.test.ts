import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, Kind, parse } from 'graphql';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn } from '../core/testing/exchange.ts';
import { shapeOperation } from './answer/shape.ts';
import { askedFor, Telling } from './telling.ts';
import { extensionsConfig } from './telling-config.ts';
import { makeCompany } from './testing/company.fixture.ts';

const ALL = extensionsConfig.parse({ cost: true, plan: true, timeline: true });
const DEFAULT = extensionsConfig.parse({});

test('what is told is what was asked for and may be', () => {
  assert.equal(askedFor({}, ALL), undefined);
  assert.equal(askedFor({ debug: '' }, ALL), undefined);
  assert.equal(askedFor({ debug: 'everything' }, ALL), undefined);
  assert.equal(askedFor({ extensions: { frontdesk: { plan: true } } }, ALL), undefined);
  assert.deepEqual(askedFor({ debug: 'Cost,timeline' }, ALL), { cost: true, plan: false, timeline: true });
  const asked = { debug: 'cost', extensions: { frontdesk: ['plan', 7, null] } };
  assert.deepEqual(askedFor(asked, ALL), { cost: true, plan: true, timeline: false });
  assert.deepEqual(askedFor(asked, DEFAULT), { cost: true, plan: false, timeline: false });
  assert.equal(askedFor({ debug: 'plan, timeline' }, DEFAULT), undefined);
});

test('nothing is told unasked, nor what the configuration withholds', async () => {
  const { graph, context } = await makeCompany();
  const query = '{ topProducts(first: 3) { upc } }';
  const unasked = JSON.parse((await graph.execute({ query, context: context() })).body);
  assert.deepEqual(Object.keys(unasked), ['data']);
  const request = { query, context: context(), debug: 'cost, plan, timeline' };
  const asked = JSON.parse((await graph.execute(request)).body);
  assert.deepEqual(asked.extensions, { cost: { estimated: 3, limit: 50_000 } });
});

test('the plan as text and as a tree, the calls with their times', async () => {
  const { graph, context } = await makeCompany({
    config: { extensions: { plan: true, timeline: true }, limits: { cost: 'unlimited' } },
  });
  const query = '{ me { id home reviews { body } } }';
  const extensions = { frontdesk: ['cost', 'plan', 'timeline'] };
  const answer = JSON.parse((await graph.execute({ query, context: context(), extensions })).body);
  assert.deepEqual(Object.keys(answer), ['data', 'extensions']);
  assert.equal(answer.extensions.cost.limit, null);
  const { plan, timeline } = answer.extensions.frontdesk;
  assert.match(plan.text, /^query {2}\(cost/);
  assert.equal(plan.tree.kind, 'sequence');
  assert.equal(plan.tree.nodes[0].subgraph, 'accounts');
  assert.deepEqual(
    timeline.phases.map(({ name }: { name: string }) => name),
    ['prepare', 'plan', 'execute'],
  );
});

test('times are offsets from the beginning of the operation, and earlier calls are not its own', () => {
  const clock = new ManualClock();
  const { timeline } = contextOn(clock);
  timeline.begin('users', 'route', 1);
  clock.advance(100);
  const telling = new Telling(ALL, timeline);
  clock.advance(2);
  telling.admitted();
  clock.advance(3);
  telling.planned();
  const span = timeline.begin('up-orders', 'graph:orders', 2);
  clock.advance(10.004);
  span.headMs = timeline.elapsedMs();
  span.status = 200;
  span.bytes = 7;
  span.endpoint = 'orders.internal:4000';
  timeline.end(span, 'shared');
  timeline.begin('up-users', undefined, 1);
  const [operation] = parse('{ a }').definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION);
  const shape = shapeOperation(buildSchema('type Query { a: Int }'), operation, new Set());
  const text = telling.text({ plan: undefined, cost: 1, shape, operation }, 10);
  const told = JSON.parse(text);
  assert.deepEqual(told.frontdesk.timeline, {
    totalMs: 15,
    phases: [
      { name: 'prepare', startMs: 0, endMs: 2 },
      { name: 'plan', startMs: 2, endMs: 5 },
      { name: 'execute', startMs: 5, endMs: 15 },
    ],
    calls: [
      {
        subgraph: 'orders',
        label: 'graph:orders',
        attempt: 2,
        startMs: 5,
        headMs: 15,
        endMs: 15,
        status: 200,
        outcome: 'shared',
        bytes: 7,
        shared: true,
      },
      {
        subgraph: 'up-users',
        label: null,
        attempt: 1,
        startMs: 15,
        headMs: null,
        endMs: null,
        status: null,
        outcome: null,
        bytes: 0,
        shared: false,
      },
    ],
  });
  assert.ok(!text.includes('internal'));
});

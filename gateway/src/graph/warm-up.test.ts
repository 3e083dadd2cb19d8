import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { makeCompany } from './testing/company.fixture.ts';
import { makeOperations } from './testing/operations.fixture.ts';
import { hottest, warmUp } from './warm-up.ts';

const ME = '{ me { id } }';
const CONDITIONS = 'query C($a: Boolean!) { me { id name @include(if: $a) } }';

test('the successor has planned what was hot before its first request', async () => {
  const old = await makeCompany();
  for (const a of [true, false]) {
    await old.graph.execute({ query: CONDITIONS, variables: { a }, context: old.context() });
  }
  await old.graph.execute({ query: ME, context: old.context() });
  const hot = old.graph.hot();
  assert.deepEqual(
    hot.map(({ text, hits, conditions }) => [text, hits, conditions]),
    [
      [CONDITIONS, 2, [{ a: true }, { a: false }]],
      [ME, 1, [{}]],
    ],
  );
  const next = await makeCompany({ config: { extensions: { timeline: true } } });
  assert.deepEqual(await next.graph.warm(hot), { warmed: 3, failed: 0, left: 0 });
  assert.equal(next.calls.length, 0);
});

test('each combination is planned once, and hits of earlier graphs count less and less', async () => {
  const plans: string[] = [];
  const { operations } = await makeOperations({}, plans);
  const hot = [
    {
      text: CONDITIONS,
      operationName: undefined,
      registered: false,
      hits: 9,
      conditions: [{ a: true }, { a: false }],
    },
    { text: ME, operationName: undefined, registered: false, hits: 1, conditions: [{}] },
  ];
  await warmUp(operations, hot, new ManualClock(), 1_000);
  assert.equal(plans.length, 3);
  const prepared = operations.prepare(CONDITIONS, undefined, false);
  assert.ok('compiled' in prepared);
  await operations.compile(prepared, { a: true }, undefined);
  assert.equal(plans.length, 3);
  assert.deepEqual(
    hottest(operations, 10).map(({ hits }) => hits),
    [5],
  );
});

test('what the new supergraph cannot answer is left out, and time is bounded', async () => {
  const clock = new ManualClock();
  const { operations } = await makeOperations({}, [], () => clock.advance(60));
  const hot = ['{ gone }', ME, '{ me { name } }', '{ me { email } }'].map((text) => ({
    text,
    operationName: undefined,
    registered: false,
    hits: 4,
    conditions: [{}],
  }));
  assert.deepEqual(await warmUp(operations, hot, clock, 100), { warmed: 2, failed: 1, left: 1 });
  assert.equal(hottest(operations, 1).length, 1);
});

test('registered documents are planned ahead, too, and those that are not valid refused where that is asked', async () => {
  const registered = [
    { id: 'a', text: ME, operationName: undefined },
    { id: 'b', text: '{ gone }', operationName: undefined },
  ];
  const company = await makeCompany({ graph: { registered } });
  assert.deepEqual(await company.graph.warm([]), { warmed: 1, failed: 1, left: 0 });
  const answer = await company.graph.execute({ documentId: 'a', context: company.context() });
  assert.equal(answer.body, '{"data":{"me":{"id":"1"}}}');
  await assert.rejects(makeCompany({ graph: { registered }, config: { documents: { invalid: 'refuse' } } }), {
    code: 'internal',
    detail: /b: Cannot query field "gone"/,
  });
});

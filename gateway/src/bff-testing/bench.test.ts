import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { Bench } from './bench.ts';

const operation = {
  kind: 'screen',
  field: 'home',
  input: undefined,
  parts: ['user'],
  scopes: ['a'],
} as const;

it('gives each run its own notes, and the caller all scopes where a test does not say', async () => {
  const bench = new Bench(operation, { answers: { x: () => 1 } });
  const [first, second] = [bench.begin(), bench.begin({ identity: { subject: '2' } })];
  assert.notEqual(first.wire, second.wire);
  assert.deepEqual([...(first.context.identity?.scopes ?? [])], ['a']);
  assert.equal(second.context.identity?.subject, '2');
  await bench.pass('2s');
  assert.equal(bench.clock.now(), 2000);
  await assert.rejects(bench.pass('2 weeks' as '2s'), /after: expected a duration/);
});

it('refuses faults of what there is not, two kinds of answers, and to turn a clock that is not its own', async () => {
  const bench = new Bench(operation, { answers: { x: () => 1 }, faults: { y: 'reset' } }, new ManualClock());
  assert.throws(() => bench.begin(), /faults.y: screen home has user, and calls are x/);
  await assert.rejects(bench.pass('1s'), /the clock is the test’s own/);
  const fakes = { kind: 'frontdesk.fakes', backends: {}, known: [], answer: () => 1 } as const;
  assert.throws(() => new Bench(operation, { answers: {}, fakes }), /either fakes or answers/);
});

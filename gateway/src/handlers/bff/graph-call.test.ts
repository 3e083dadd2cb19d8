import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { callGraph } from './graph-call.ts';

it("is the operation's data, partial or not, or an error of ours", async () => {
  let partial = 0;
  const notePartial = (): void => {
    partial += 1;
  };
  const scope = { name: 'p', context: contextOn(new ManualClock()), notePartial };
  const call = (answer: object) => callGraph(async () => answer, scope, '{ a }', { x: 1 });
  assert.deepEqual(await call({ data: { a: 1 } }), { a: 1 });
  assert.equal(partial, 0);
  assert.deepEqual(await call({ data: { a: null }, errors: [{ message: 'x' }] }), { a: null });
  assert.equal(partial, 1);
  const coded = { data: null, errors: [{ message: 'x', extensions: { code: 'RATE_LIMITED' } }] };
  await assert.rejects(call(coded), { code: 'rate_limited' });
  await assert.rejects(call({ errors: [{ message: 'x', extensions: { code: 'TOSTRING' } }] }), {
    code: 'upstream_error',
    detail: 'graph: x',
  });
  await assert.rejects(callGraph(undefined, scope, '{ a }', {}), { code: 'internal' });
});

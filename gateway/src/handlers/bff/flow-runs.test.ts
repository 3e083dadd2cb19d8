import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { heldCalls, heldGraph } from './flow-runs.ts';

test('nobody is called for a run that is lost', async () => {
  const context = contextOn(new ManualClock());
  let calls = 0;
  const call = heldCalls(() => {
    calls += 1;
    return Promise.reject(new FrontdeskError('upstream_connect'));
  });
  const graph = heldGraph(async () => {
    calls += 1;
    return {};
  });
  const request = {
    upstream: 'a',
    context,
    method: 'GET',
    path: '/',
    headers: new HeaderFields(),
    body: emptyBody,
  };
  await assert.rejects(call(request), { code: 'upstream_connect' });
  await graph({ query: '{ a }', variables: {}, context });
  assert.equal(calls, 2);
  context.cancellation.cancel(new FrontdeskError('flow_unsettled'));
  await assert.rejects(call(request), { code: 'flow_unsettled' });
  await assert.rejects(graph({ query: '{ a }', variables: {}, context }), { code: 'flow_unsettled' });
  assert.equal(calls, 2);
});

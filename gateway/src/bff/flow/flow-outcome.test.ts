import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { plannedFlow } from './flow.fixture.ts';
import { answerOf, failedOutcome, isUnsettled, unsettled, withoutClient } from './flow-outcome.ts';
import type { FlowRecord } from './flow-record.ts';

const plan = (name: string, kind: 'effect' | 'optional') =>
  ({ name, kind, repeatable: false, manner: 'works', undoFails: 0 }) as const;
const flow = plannedFlow([[plan('a', 'effect'), plan('b', 'effect')], [plan('c', 'optional')]]);
const record: FlowRecord = {
  v: 1,
  flow: 'ride',
  fingerprint: '',
  nonce: '',
  requestId: '',
  traceId: '',
  startedAt: 0,
  phase: 'forward',
  steps: { a: { state: 'done', effect: true }, b: { state: 'undone', effect: true } },
  cause: { step: 'b', failure: { code: 'flow_failed' } },
};

test('an answer names the optional steps that are missing', () => {
  assert.deepEqual(answerOf(flow, record, undefined), {
    kind: 'answered',
    status: 200,
    value: 'done',
    incomplete: ['c'],
  });
  const asks = { ...flow, answer: ({ identity }: { identity: { subject: string } }) => identity.subject };
  assert.throws(() => answerOf(asks, record, undefined), { code: 'unauthenticated' });
  assert.throws(() => answerOf({ ...flow, answer: () => 1n }, record, undefined), { code: 'internal' });
});

test('a failure names what was done, undone and left', () => {
  const members = { flow: 'ride', failedStep: 'b', done: ['a'], undone: ['b'], notUndone: ['a'] };
  const failure = { code: 'flow_failed', members: { hint: 1 } } as const;
  assert.deepEqual(failedOutcome(flow, record, failure, ['a']), {
    kind: 'failed',
    failure: { code: 'flow_failed', members: { hint: 1, ...members } },
  });
});

test('what is not known here keeps its reason for the log', () => {
  const error = unsettled(new FrontdeskError('upstream_unavailable', { detail: 'gone' }));
  assert.ok(isUnsettled(error));
  assert.equal(error.detail, 'gone');
  assert.equal(unsettled(error), error);
  const context = withoutClient(contextOn(new ManualClock()), makeIdentity());
  assert.deepEqual([context.client, context.identity?.subject], [undefined, 'u1']);
});

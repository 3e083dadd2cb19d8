import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Cancellation } from '../core/abort.ts';
import { FrontdeskError } from '../core/errors.ts';
import { answering } from './backends.ts';
import { FaultPlan, type Faults } from './faults.ts';
import { VirtualClock } from './virtual-clock.ts';
import { Wire } from './wire.ts';

function wireOf(faults: Faults = {}) {
  const clock = new VirtualClock();
  let asked = 0;
  const fakes = answering({}, new Map([['users GET /users/{id}', () => ({ id: '1', asked: ++asked })]]));
  const wire = new Wire({ fakes, faults: new FaultPlan(faults), clock, now: () => clock.now() });
  const cancellation = new Cancellation();
  const call = {
    kind: 'rest',
    upstream: 'users',
    call: 'GET /users/{id}',
    to: 'users GET /users/{id}',
    parts: ['user'],
    input: { path: { id: '1' } },
    cancellation,
    limitMs: 400,
  } as const;
  return { clock, wire, call, cancellation, asked: () => asked };
}

it('notes what was sent, when and how it ended', async () => {
  const { clock, wire, call } = wireOf({ user: { fault: 'timeout', after: 1 } });
  assert.deepEqual(await wire.ask(call), { id: '1', asked: 1 });
  await assert.rejects(clock.drive(wire.ask(call)), { code: 'upstream_timeout' });
  await assert.rejects(wire.ask({ ...call, to: 'users GET /other', parts: [] }), {
    name: 'MissingFakeError',
  });
  assert.deepEqual(
    wire.sent.map(({ atMs, outcome }) => [atMs, outcome]),
    [
      [0, 'ok'],
      [0, 'upstream_timeout'],
      [400, 'no fake'],
    ],
  );
  assert.equal(wire.missing.length, 1);
});

it('loses an answer of work that was done, and ends with who asks', async () => {
  const lost = wireOf({ user: 'lost answer' });
  await assert.rejects(lost.wire.ask(lost.call), { code: 'upstream_reset' });
  assert.equal(lost.asked(), 1);
  const left = wireOf({ user: 'timeout' });
  const waiting = left.wire.ask(left.call);
  left.cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(waiting, { code: 'client_closed' });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testFlow } from './index.ts';
import { books, ride } from './ride.fixture.ts';

describe('testFlow', () => {
  it('runs a flow, tells what was done with which keys, and replays', async () => {
    const { fakes, there } = books();
    const tested = await testFlow(ride, { fakes });
    assert.deepEqual([tested.outcome, tested.value], ['answered', { trip: 'of trip', told: true }]);
    assert.deepEqual(tested.done, ['payment', 'trip', 'notify']);
    assert.deepEqual(
      tested.sent.map(({ to, idempotencyKey }) => [to, idempotencyKey]),
      [
        ['payments POST /authorizations', tested.keys.payment],
        ['trips POST /trips', tested.keys.trip],
        ['notifications POST /notifications', undefined],
      ],
    );
    const again = await tested.again();
    assert.deepEqual([again.replayed, again.value, again.calls], [true, tested.value, []]);
    const other = await tested.again({ key: 'key-2' });
    assert.deepEqual([other.replayed, there.size], [false, 4]);
    await assert.rejects(tested.again({ input: { amount: 1 } }), { code: 'idempotency_key_reused' });
    await assert.rejects(testFlow(ride, { fakes, identity: { scopes: new Set() } }), {
      code: 'insufficient_scope',
    });
  });

  it('takes everything back where a step fails, by its own fault or its backend’s', async () => {
    const lost = books();
    const failed = await testFlow(ride, { fakes: lost.fakes, faults: { trip: 'lost answer' } });
    assert.deepEqual(
      [failed.outcome, failed.failedStep, failed.undone],
      ['failed', 'trip', ['payment', 'trip']],
    );
    assert.deepEqual([...lost.there], []);
    assert.deepEqual(
      failed.calls.map(({ part }) => part),
      ['payment', 'trip', 'undo trip', 'undo payment'],
    );
    const refused = await testFlow(ride, { fakes: books().fakes, input: { amount: 1000 } });
    assert.deepEqual(
      [refused.failure?.code, refused.failure?.status, refused.done],
      ['flow_refused', 402, []],
    );
    const late = await testFlow(ride, {
      fakes: books().fakes,
      faults: { trip: 'timeout', notify: 'timeout' },
    });
    assert.equal(late.outcome, 'failed');
    assert.ok(late.durationMs > 1900 && late.durationMs < 3000, `${late.durationMs}`);
  });

  it('does without an optional step, and says when an undo does not work', async () => {
    const untold = await testFlow(ride, { fakes: books().fakes, faults: { notify: 'timeout' } });
    assert.deepEqual([untold.outcome, untold.incomplete], ['answered', ['notify']]);
    assert.deepEqual(untold.value, { trip: 'of trip', told: false });
    const faults = { trip: 'status 500', 'undo payment': 'connection refused' } as const;
    const stuck = await testFlow(ride, { fakes: books().fakes, faults });
    assert.deepEqual([stuck.outcome, stuck.notUndone], ['stuck', ['payment']]);
    const twice = { trip: 'status 500', 'undo payment': { fault: 'reset', times: 2 } } as const;
    const patient = await testFlow(ride, { fakes: books().fakes, faults: twice });
    assert.deepEqual([patient.outcome, patient.undone], ['failed', ['payment', 'trip']]);
  });

  it('dies at any point, and another process ends the run', async () => {
    for (const point of [{ crashAfter: 'payment' }, { crashBefore: 'trip' }, { crashAfter: 'trip' }]) {
      const { fakes, there } = books();
      const crashed = await testFlow(ride, { fakes, ...point });
      assert.deepEqual([crashed.crashed, crashed.outcome], [true, 'failed']);
      assert.deepEqual([...there], [], JSON.stringify(point));
      const again = await crashed.again();
      assert.deepEqual([again.outcome, again.replayed], ['failed', true]);
    }
    const { fakes, there } = books();
    const committed = await testFlow(ride, { fakes, crashBefore: 'notify' });
    assert.deepEqual([committed.outcome, there.size, committed.incomplete], ['answered', 2, ['notify']]);
    const undoing = books();
    const options = { faults: { trip: 'status 500' }, crashAfter: 'undo trip' } as const;
    const back = await testFlow(ride, { fakes: undoing.fakes, ...options });
    assert.deepEqual([back.outcome, [...undoing.there]], ['failed', []]);
    await assert.rejects(
      testFlow(ride, { fakes, crashAfter: 'pay' }),
      /crashAfter: "pay" is no step of ride/,
    );
  });
});

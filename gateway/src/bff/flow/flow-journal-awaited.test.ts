import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contract, LONG_MS } from './flow-journal.fixture.ts';
import { AwaitedFlowJournals } from './flow-journal-awaited.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';

describe('a journal that is waited for', () => {
  const there = new MemoryFlowJournals({ clock: systemClock });
  contract(() =>
    new AwaitedFlowJournals({ outlives: 'node', open: async () => there, clock: systemClock }).of('m'),
  );

  it('refuses until it can be had, and tries now and then', async () => {
    const clock = new ManualClock();
    let tries = 0;
    let isHeld = true;
    const journals = new AwaitedFlowJournals({
      outlives: 'node',
      clock,
      open: async () => {
        tries += 1;
        if (isHeld) throw new Error('held');
        return new MemoryFlowJournals({ clock });
      },
    });
    const journal = journals.of('m');
    const ask = () => journal.open('x', 'a', 'one', LONG_MS);
    for (const _ of [1, 2, 3]) await assert.rejects(ask, { code: 'upstream_unavailable' });
    assert.equal(tries, 1);
    isHeld = false;
    clock.advance(200);
    assert.deepEqual(await Promise.all([ask(), journal.count()]), [undefined, { open: 1, stuck: 0 }]);
    assert.equal(tries, 2);
    await journals.close();
    assert.equal(tries, 2);
  });

  it('is not opened any more once it is closed', async () => {
    const journals = new AwaitedFlowJournals({
      outlives: 'node',
      open: async () => there,
      clock: systemClock,
    });
    await journals.close();
    await assert.rejects(journals.of('m').count(), { code: 'upstream_unavailable' });
  });
});

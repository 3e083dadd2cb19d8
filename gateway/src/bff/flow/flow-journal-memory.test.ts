import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { contract, LONG_MS } from './flow-journal.fixture.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';

describe('a journal in memory', () => {
  const clock = new ManualClock();
  const journal = new MemoryFlowJournals({ clock }).of('m');
  contract(() => journal);

  it('forgets what is settled when its keep is over', async () => {
    await journal.open('x', 'a', 'one', LONG_MS);
    await journal.settle('x', 'a', 'end', 1000);
    clock.advance(999);
    assert.deepEqual(await journal.read('x'), { state: 'settled', document: 'end' });
    clock.advance(1);
    assert.equal(await journal.read('x'), undefined);
    assert.equal(await journal.open('x', 'b', 'two', LONG_MS), undefined);
  });
});

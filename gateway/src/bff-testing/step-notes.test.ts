import assert from 'node:assert/strict';
import { it } from 'node:test';
import { StepNotes } from './step-notes.ts';

it('knows what became of each step last', () => {
  const notes = new StepNotes();
  const { meter } = notes;
  meter.step('ride', 'trip', 'done');
  meter.step('ride', 'payment', 'done');
  meter.step('ride', 'trip', 'undone');
  meter.run('ride', 'undone', 5);
  meter.recovered('ride', 'back');
  const names = ['payment', 'trip'];
  assert.deepEqual([notes.named('done', names), notes.named('undone', names)], [['payment'], ['trip']]);
  assert.deepEqual([notes.end, notes.recovered], ['undone', 'back']);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textTable } from './text-table.ts';

it('puts cells below each other', () => {
  assert.equal(
    textTable([
      ['part', 'fault'],
      ['user', ''],
      ['o', 'x'],
    ]),
    'part  fault\nuser\no     x',
  );
});

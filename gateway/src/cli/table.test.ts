import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './table.ts';

test('columns are as wide as they need to be, and lines end without spaces', () => {
  assert.equal(
    table(
      ['A', 'LONG'],
      [
        ['abc', 'x'],
        ['', 'y'],
      ],
    ),
    'A    LONG\nabc  x\n     y\n',
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeriesTable } from './series.ts';

test('one series for each tuple, however its labels could be run together', () => {
  const table = new SeriesTable(
    2,
    100,
    () => 0,
    () => {},
  );
  table.find('a', 'bc').value += 1;
  table.find('ab', 'c').value += 1;
  table.find('a', 'bc').value += 1;
  table.find('a').value += 1;
  assert.deepEqual(
    table.values().map(({ labels, value }) => [...labels, value]),
    [
      ['a', 'bc', 2],
      ['ab', 'c', 1],
      ['a', '', 1],
    ],
  );
});

test('its size is bounded, and known series go on', () => {
  let overflow = 0;
  const table = new SeriesTable(
    1,
    2,
    () => 0,
    () => {
      overflow += 1;
    },
  );
  for (let i = 0; i < 10; i += 1) table.find(`l${i}`).value += 1;
  table.find('l0').value += 1;
  assert.deepEqual(
    table.values().map(({ labels, value }) => [labels[0], value]),
    [
      ['l0', 2],
      ['l1', 1],
      ['other', 8],
    ],
  );
  assert.equal(overflow, 8);
});

test('a series that is taken away is gone, and makes room', () => {
  const table = new SeriesTable(
    2,
    2,
    () => 0,
    () => {},
  );
  table.find('a', 'b').value = 1;
  table.find('a', 'c').value = 2;
  table.remove(['a', 'b']);
  table.remove(['a', 'none']);
  table.remove(['x', 'y']);
  assert.equal(table.find('a', 'c').value, 2);
  table.find('d', 'e').value = 3;
  assert.deepEqual(
    table.values().map(({ labels, value }) => [...labels, value]),
    [
      ['a', 'c', 2],
      ['d', 'e', 3],
    ],
  );
  table.remove(['a', 'c']);
  assert.equal(table.find('a', 'b').value, 0, 'it begins anew');
});

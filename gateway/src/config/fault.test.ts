import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultAt, formatFault, formatPath, sortFaults } from './fault.ts';

test('a fault reads as editors and people expect', () => {
  assert.equal(formatPath(['routes', 0, 'to', 'upstream']), 'routes[0].to.upstream');
  const at = { file: 'f.yaml', line: 3, column: 7 };
  assert.equal(formatFault(faultAt(at, ['a', 1], 'is wrong')), 'f.yaml:3:7: a[1]: is wrong');
  assert.equal(formatFault(faultAt(at, [], 'is wrong')), 'f.yaml:3:7: is wrong');
});

test('faults come in reading order, each once', () => {
  const fault = (file: string, line: number, column: number) => faultAt({ file, line, column }, [], 'x');
  const sorted = sortFaults([
    fault('b', 9, 1),
    fault('a', 2, 1),
    fault('b', 1, 5),
    fault('b', 1, 2),
    fault('a', 2, 1),
  ]);
  assert.deepEqual(
    sorted.map((f) => `${f.file}${f.line}${f.column}`),
    ['b12', 'b15', 'b91', 'a21'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatFault } from './fault.ts';
import { positionOf, toPlain } from './tree.ts';
import { readYaml } from './yaml-source.ts';

function faultsOf(text: string): string[] {
  return readYaml('f.yaml', text).faults.map(formatFault);
}

test('values keep the places of their text', () => {
  const { root, faults } = readYaml('f.yaml', 'a:\n  b: [1, "two"]\nc:\n');
  assert.deepEqual(faults, []);
  assert.deepEqual(toPlain(root), { a: { b: [1, 'two'] }, c: null });
  assert.deepEqual(positionOf(root, ['a', 'b', 1]), { file: 'f.yaml', line: 2, column: 10 });
  assert.deepEqual(positionOf(root, ['c']), { file: 'f.yaml', line: 3, column: 1 });
  assert.deepEqual(positionOf(root, ['a', 'missing', 'deeper']), { file: 'f.yaml', line: 2, column: 3 });
});

test('what configuration needs not is refused, each with its place', () => {
  assert.match(faultsOf('a: 1\na: 2\n').join(), /f.yaml:2:1: a: is set twice: first on line 1/);
  assert.match(faultsOf('__proto__: { x: 1 }\n').join(), /f.yaml:1:1: the key "__proto__" is not allowed/);
  assert.match(faultsOf('a:\n  constructor: 1\n').join(), /f.yaml:2:3: a: the key "constructor"/);
  assert.match(faultsOf('a: !!js/function "x"\n').join(), /f.yaml:1:\d+: a: the tag/);
  assert.match(faultsOf('a: !custom 1\n').join(), /the tag "!custom" is not allowed/);
  assert.match(faultsOf('a: 1\n---\nb: 1\n').join(), /one document/);
  assert.match(faultsOf('- 1\n').join(), /a map of settings at the top/);
  assert.match(faultsOf('{ ? [x] : 1 }').join(), /f.yaml:1/);
  assert.match(faultsOf('a: [1\nb: 2').join(), /f.yaml:\d+:\d+: is not valid YAML/);
  assert.match(faultsOf('a: *none\n').join(), /alias/i);
  assert.equal(Object.getPrototypeOf(toPlain(readYaml('f', '__proto__: {x: 1}').root)), Object.prototype);
});

test('a file that was cut short to nothing is no configuration', () => {
  for (const text of ['', '\n\n', '# only a comment\n']) {
    assert.match(faultsOf(text).join(), /^f.yaml:1:1: says nothing: expected settings/, JSON.stringify(text));
  }
  assert.deepEqual(faultsOf('{}\n'), []);
});

test('aliases work and bombs do not', () => {
  const { root, faults } = readYaml('f.yaml', 'a: &x { n: 1 }\nb: *x\n');
  assert.deepEqual(faults, []);
  assert.deepEqual(toPlain(root), { a: { n: 1 }, b: { n: 1 } });
  let bomb = 'l0: &l0 [x, x, x, x, x, x, x, x, x]\n';
  for (let i = 1; i < 12; i += 1) {
    bomb += `l${i}: &l${i} [${Array.from({ length: 9 }, () => `*l${i - 1}`).join(', ')}]\n`;
  }
  assert.match(faultsOf(bomb).join(), /at most 100 uses of aliases/);
  assert.ok(faultsOf('a: &x [*x]\n').length > 0);
});

test('depth, count and size are bounded', () => {
  assert.match(faultsOf(`a: ${'['.repeat(100)}${']'.repeat(100)}\n`).join(), /levels of nesting/);
  assert.ok(faultsOf('['.repeat(20_000)).length > 0);
  assert.match(faultsOf(`a: [${'1,'.repeat(100_001)}]`).join(), /at most 100000 values/);
  assert.match(faultsOf(`a: "${'x'.repeat(1024 * 1024)}"`).join(), /1 MiB/);
});

test('no text makes it throw', () => {
  const bits = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '-',
    '[',
    ']',
    '{',
    '}',
    '&x',
    '*x',
    '!t',
    '"',
    "'",
    '|',
    '?',
    '%',
    '#',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 40 }), (parts) => {
      readYaml('f.yaml', parts.join(''));
    }),
  );
});

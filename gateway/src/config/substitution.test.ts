// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text under test is this very syntax
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { type ReadText, substitute } from './substitution.ts';
import { nodeAt, toPlain } from './tree.ts';
import { readYaml } from './yaml-source.ts';

const read: ReadText = (path) =>
  path === 'dir/secret' ? { ok: true, text: 's3cret\n' } : { ok: false, reason: 'there is no such file' };

function run(text: string, environment: Record<string, string> = {}) {
  const { root } = readYaml('dir/f.yaml', text);
  const faults = substitute(root, environment, read).map(formatFault);
  return { root, plain: toPlain(root), faults };
}

test('variables, defaults and escapes', () => {
  const { plain, faults } = run('a: x-${A}-${B:-b}-y\nb: $${A}\nc: ${E:-}\nd: ${E:-e}\ne: "$5"\nf: ${N}\n', {
    A: '1',
    E: '',
    N: '',
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(plain, { a: 'x-1-b-y', b: '${A}', c: '', d: 'e', e: '$5', f: '' });
});

test('a value is never expanded twice', () => {
  assert.deepEqual(run('a: ${A}\n', { A: '${B}' }).plain, { a: '${B}' });
});

test('a missing variable, a bad name and an open brace are faults in their places', () => {
  const { faults } = run('a: 1\nb: ${NOT_SET}\nc: ${1x}\nd: ${open\n');
  assert.equal(faults.length, 3);
  assert.match(faults[0] ?? '', /^dir\/f.yaml:2:4: b: the environment variable NOT_SET is not set/);
  assert.match(faults[1] ?? '', /^dir\/f.yaml:3:4: c: expected the name/);
  assert.match(faults[2] ?? '', /^dir\/f.yaml:4:4: d: .*no closing/);
});

test('file: reads a secret beside the file, and the secret is marked as one', () => {
  const { root, plain, faults } = run('a: file:secret\nb: file:./nothing\n');
  assert.deepEqual(plain, { a: 's3cret', b: 'file:./nothing' });
  assert.match(faults.join(), /f.yaml:2:4: b: the file ".\/nothing" cannot be read: there is no such file/);
  const secret = nodeAt(root, ['a']);
  assert.equal(secret?.kind === 'scalar' && secret.origin, 'file:secret');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { readFiles } from './include.ts';
import { positionOf, toPlain } from './tree.ts';

function join(files: Record<string, string>) {
  const {
    root,
    faults,
    files: read,
  } = readFiles('etc/main.yaml', (path) => {
    const text = files[path];
    return text === undefined ? { ok: false, reason: 'there is no such file' } : { ok: true, text };
  });
  return { root, plain: toPlain(root), faults: faults.map(formatFault), read };
}

test('maps are merged, top-level lists joined, and the including file wins', () => {
  const { root, plain, faults, read } = join({
    'etc/main.yaml': 'include: [parts/a.yaml, parts/b.yaml]\nlisten: { port: 80 }\nroutes: [main]\n',
    'etc/parts/a.yaml': 'listen: { port: 1, host: h }\nroutes: [a]\nup: { x: { list: [1] } }\n',
    'etc/parts/b.yaml': 'include: c.yaml\nroutes: [b]\nup: { y: 1 }\n',
    'etc/parts/c.yaml': 'routes: [c]\n',
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(plain, {
    listen: { port: 80, host: 'h' },
    routes: ['a', 'c', 'b', 'main'],
    up: { x: { list: [1] }, y: 1 },
  });
  assert.deepEqual(read, ['etc/main.yaml', 'etc/parts/a.yaml', 'etc/parts/b.yaml', 'etc/parts/c.yaml']);
  assert.deepEqual(positionOf(root, ['routes', 2]), { file: 'etc/parts/b.yaml', line: 2, column: 10 });
});

test('a file that is missing, included twice, or includes itself is a fault where it is named', () => {
  const { faults } = join({
    'etc/main.yaml': 'include:\n  - none.yaml\n  - a.yaml\n  - a.yaml\n',
    'etc/a.yaml': 'include: ../etc/main.yaml\n',
  });
  assert.match(faults[0] ?? '', /^etc\/main.yaml:2:5: include: the file "etc\/none.yaml" cannot be read/);
  assert.match(faults[1] ?? '', /^etc\/a.yaml:1:10: include: "etc\/main.yaml" includes itself/);
  assert.match(faults[2] ?? '', /^etc\/main.yaml:4:5: include: "etc\/a.yaml" is included twice/);
});

test('two included files that set one value are a fault; include takes names only', () => {
  const { faults } = join({
    'etc/main.yaml': 'include: [a.yaml, b.yaml, 5]\n',
    'etc/a.yaml': 'x: { y: 1 }\n',
    'etc/b.yaml': 'x: { y: 2 }\n',
  });
  assert.match(faults.join('\n'), /etc\/b.yaml:1:6: x.y: is set already by etc\/a.yaml:1/);
  assert.match(faults.join('\n'), /etc\/main.yaml:1:10: include: expected the name of a file/);
});

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writePidFile } from './pid-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-pid-'));
after(() => rmSync(folder, { recursive: true }));

test('a successor writes its own, which the end of the one before leaves alone', () => {
  const path = join(folder, 'gateway.pid');
  const removeOld = writePidFile(path, 11);
  assert.equal(readFileSync(path, 'utf8'), '11\n');
  const removeNew = writePidFile(path, 12);
  removeOld();
  assert.equal(readFileSync(path, 'utf8'), '12\n');
  removeNew();
  removeNew();
  assert.equal(existsSync(path), false);
  assert.deepEqual(readdirSync(folder), []);
});

test('a link that somebody else put in its place is replaced, not followed', () => {
  const other = join(folder, 'other');
  const path = join(folder, 'linked.pid');
  writeFileSync(other, 'precious');
  symlinkSync(other, path);
  symlinkSync(other, `${path}.13`);
  const remove = writePidFile(path, 13);
  assert.equal(readFileSync(path, 'utf8'), '13\n');
  assert.equal(readFileSync(other, 'utf8'), 'precious');
  remove();
  rmSync(other);
});

test('where it cannot be written that is told', () => {
  assert.throws(() => writePidFile(join(folder, 'missing', 'gateway.pid')), /ENOENT/);
});

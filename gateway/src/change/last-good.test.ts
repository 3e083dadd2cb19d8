import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bundleDigest } from '../config/bundle.ts';
import { LastGood } from './last-good.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-last-good-'));
after(() => rmSync(folder, { recursive: true }));

const bundle = { file: 'a.yaml', texts: { 'a.yaml': 'zone: a\n' } };
const version = { number: 3, digest: bundleDigest(bundle), source: 'file' as const, at: 1 };

test('what is kept is read again, by its owner alone; a folder is made where there is none', () => {
  const kept = new LastGood(join(folder, 'deep', 'kept.json'));
  assert.equal(kept.read(), undefined);
  kept.keep({ version, bundle });
  assert.deepEqual(kept.read(), { version, bundle });
  assert.equal(statSync(kept.file).mode & 0o777, 0o600);
});

test('what was damaged, or is of another kind, is not believed', () => {
  const kept = new LastGood(join(folder, 'kept.json'));
  kept.keep({ version, bundle });
  writeFileSync(kept.file, readFileSync(kept.file, 'utf8').replace('zone: a', 'zone: b'));
  assert.throws(() => kept.read(), /its digest is not that of its texts/);
  writeFileSync(kept.file, '{"format":"frontdesk-last-good/2"}');
  assert.throws(() => kept.read(), /expected the format/);
  kept.keep({ version, bundle });
  const whole = readFileSync(kept.file, 'utf8');
  writeFileSync(kept.file, whole.slice(0, whole.length / 2));
  assert.throws(() => kept.read(), /cut off, or damaged/);
  writeFileSync(kept.file, '');
  assert.throws(() => kept.read(), /it is empty/);
});

test('what somebody else could have written is not read, and why is told', () => {
  const kept = new LastGood(join(folder, 'owned.json'));
  kept.keep({ version, bundle });
  for (const mode of [0o620, 0o602, 0o666]) {
    chmodSync(kept.file, mode);
    assert.throws(
      () => kept.read(),
      new RegExp(`others than its owner may write it \\(mode ${mode.toString(8)}\\)`),
    );
  }
  // The next one that is kept has its place, and is its owner's alone again.
  kept.keep({ version, bundle });
  assert.deepEqual(kept.read(), { version, bundle });
  const me = process.geteuid?.() ?? 0;
  if (me !== 0) assert.throws(() => new LastGood(kept.file, me + 1).read(), /it belongs to user/);
  // As root it takes root's and nobody else's; as anybody else root's is taken, who may do all.
  else assert.deepEqual(new LastGood(kept.file, 1234).read(), { version, bundle });
  if (me === 0) {
    chownSync(kept.file, 1234, 1234);
    assert.throws(() => kept.read(), /it belongs to user 1234, and this process is user 0/);
  }
});

test('a link, a folder or a pipe in its place is refused at once', () => {
  const kept = new LastGood(join(folder, 'target.json'));
  kept.keep({ version, bundle });
  const link = new LastGood(join(folder, 'link.json'));
  symlinkSync(kept.file, link.file);
  assert.throws(() => link.read(), /it is a symbolic link/);
  // What is kept takes the link's place, and what it led to stays.
  link.keep({ version: { ...version, number: 4 }, bundle });
  assert.equal(link.read()?.version.number, 4);
  assert.equal(kept.read()?.version.number, 3);
  assert.throws(() => new LastGood(folder).read(), /it is no file/);
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => new LastGood(pipe).read(), /it is no file/);
});

test('what a process left that was killed while it wrote is removed, and not what one writes now', () => {
  const kept = new LastGood(join(folder, 'left', 'kept.json'));
  kept.keep({ version, bundle });
  const [old, fresh, other] = ['kept.json.17.new', 'kept.json.18.new', 'other.json.17.new'].map((name) =>
    join(folder, 'left', name),
  );
  for (const left of [old, fresh, other]) writeFileSync(left ?? '', 'half');
  for (const left of [old, other]) utimesSync(left ?? '', 1, 1);
  kept.keep({ version, bundle });
  assert.deepEqual(readdirSync(join(folder, 'left')).toSorted(), [
    'kept.json',
    'kept.json.18.new',
    'other.json.17.new',
  ]);
});

test('what cannot be written leaves what stood there', () => {
  const kept = new LastGood(join(folder, 'kept2.json'));
  kept.keep({ version, bundle });
  const large = { ...bundle, texts: { 'a.yaml': 'x'.repeat(33 * 1024 * 1024) } };
  assert.throws(() => kept.keep({ version, bundle: large }), /larger than/);
  assert.deepEqual(kept.read(), { version, bundle });
  assert.throws(() => new LastGood(join(kept.file, 'below')).keep({ version, bundle }));
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
  writeFileSync(kept.file, 'half');
  assert.throws(() => kept.read());
});

test('what cannot be written leaves what stood there', () => {
  const kept = new LastGood(join(folder, 'kept2.json'));
  kept.keep({ version, bundle });
  const large = { ...bundle, texts: { 'a.yaml': 'x'.repeat(33 * 1024 * 1024) } };
  assert.throws(() => kept.keep({ version, bundle: large }), /larger than/);
  assert.deepEqual(kept.read(), { version, bundle });
  assert.throws(() => new LastGood(join(kept.file, 'below')).keep({ version, bundle }));
});

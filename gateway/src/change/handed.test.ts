import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigReader } from './config-reader.ts';
import { readHanded, toHanded } from './handed.ts';

test('what is in force survives a message to another process; what means something else is not believed', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-handed-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.yaml');
  writeFileSync(file, 'zone: a\n');
  const shape = (config: unknown) => (config ? reading(config) : assert.fail());
  const reading = (config: object) => Object.assign(Object.create(null), config);
  const read = new ConfigReader({ file, environment: {}, shape }).fromFiles();
  assert.ok(read.ok);
  const version = { number: 7, digest: read.digest, source: 'admin' as const, at: 5 };
  const told = toHanded({ ...read, version, origin: 'sent', standsInBecause: undefined }, read);
  const handed = readHanded(JSON.parse(JSON.stringify(told)));
  assert.deepEqual([handed?.version, handed?.origin, handed?.bundle], [version, 'sent', read.bundle]);
  assert.deepEqual(handed?.fingerprints, read.fingerprints);
  assert.equal(readHanded({ ...told, origin: 'elsewhere' }), undefined);
  assert.equal(readHanded(undefined), undefined);
  const none = { ...read, bundle: { file: '', texts: {} }, version, standsInBecause: undefined };
  assert.equal(toHanded({ ...none, origin: 'files' }, read), undefined);
});

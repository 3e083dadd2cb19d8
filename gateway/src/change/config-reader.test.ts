import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { ConfigReader, faultLines } from './config-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-config-reader-'));
after(() => rmSync(folder, { recursive: true }));

test('a reading knows whether its files, or what they name, are as they were', () => {
  const [file, secret] = [join(folder, 'a.yaml'), join(folder, 'token')];
  writeFileSync(file, 'admin: { token: "file:token" }\n');
  writeFileSync(secret, 'a-long-admin-token');
  const reader = new ConfigReader({ file, environment: {}, shape: (read) => read ?? assert.fail() });
  const reading = reader.fromFiles();
  assert.ok(reading.ok && reader.isAsRead(reading, 'all'));
  writeFileSync(secret, 'another-admin-token');
  assert.deepEqual([reader.isAsRead(reading, 'files'), reader.isAsRead(reading, 'inputs')], [true, false]);
  rmSync(file);
  assert.equal(reader.isAsRead(reading, 'files'), false);
  assert.equal(reader.gone(), 'there is no such file');
  // The texts that were kept stand for the files, with the secret as it is now.
  const again = reader.fromBundle(reading.bundle);
  assert.ok(again.ok && again.config.admin?.token === 'another-admin-token');
  assert.equal(again.digest, reading.digest);
});

test('what the command line makes impossible is a reason without a place; without a file it makes all', () => {
  const config = configSchema.parse({});
  const made = new ConfigReader({ file: undefined, environment: {}, shape: () => config }).fromFiles();
  assert.ok(made.ok && made.config === config);
  const file = join(folder, 'b.yaml');
  writeFileSync(file, '{}\n');
  const shape = () => {
    throw new Error('no section "graph"');
  };
  const failed = new ConfigReader({ file, environment: {}, shape }).fromFiles();
  assert.deepEqual(failed.ok ? [] : faultLines(failed), ['no section "graph"']);
});

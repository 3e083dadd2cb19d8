import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigReader } from './config-reader.ts';
import { LastGood } from './last-good.ts';
import { standIn } from './stand-in.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-stand-in-'));
after(() => rmSync(folder, { recursive: true }));

test('where the source is gone, what was kept and is of no use is told; where nothing was kept, nothing stands in', () => {
  const file = join(folder, 'gone.yaml');
  const reader = new ConfigReader({ file, environment: {}, shape: (read) => read ?? assert.fail() });
  const failed = reader.fromFiles();
  assert.ok(!failed.ok);
  const kept = new LastGood(join(folder, 'kept'));
  assert.equal(standIn(reader, kept, failed), undefined);
  writeFileSync(kept.file, 'damaged');
  assert.throws(
    () => standIn(reader, kept, failed),
    /its source is gone: .*, and what was good last .* is of no use/,
  );
  writeFileSync(file, 'zoen: faulty\n');
  assert.equal(standIn(reader, kept, failed), undefined);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-cache-'));
after(() => rmSync(folder, { recursive: true }));
const MODULE = fileURLToPath(new URL('./compile-cache.ts', import.meta.url));

function keptIn(where: string) {
  const script = `
    import { keepCompiled } from ${JSON.stringify(MODULE)};
    console.log(keepCompiled(${JSON.stringify(where)}) !== undefined);
    await import(${JSON.stringify(fileURLToPath(new URL('./table.ts', import.meta.url)))});`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  return { kept: stdout.trim(), status };
}

test('what is compiled is kept; where it cannot be, nothing else changes', () => {
  const here = join(folder, 'kept');
  assert.deepEqual(keptIn(here), { kept: 'true', status: 0 });
  assert.ok(readdirSync(here, { recursive: true }).length > 1);
  assert.deepEqual(keptIn('/dev/null/none'), { kept: 'false', status: 0 });
});

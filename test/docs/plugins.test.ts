/** The examples of gateway/docs/PLUGINS.md. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { DOOR_STEPS, OUTBOUND_STEPS, ROUTE_STEPS } from '@frontdesk/gateway/plugin';
import { ROOT } from '../stack/config.ts';
import { startPage } from './example.ts';
import { examplesOf } from './page.ts';

const FOLDER = join(ROOT, 'node_modules/.cache/frontdesk/docs/PLUGINS.md/gateway.yaml/plugins');

test('the page', async (t) => {
  const echo = createServer((request, response) => {
    request.resume();
    const { rawHeaders } = request;
    const lines = rawHeaders.flatMap((name, i) =>
      i % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`] : [],
    );
    response.end(`${lines.join('\n')}\n`);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  t.after(() => echo.close());
  const address = echo.address();
  assert.ok(typeof address === 'object' && address);
  // Below node_modules Node takes no types away.
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ['stamp', 'sign']) {
    const source = examplesOf('PLUGINS.md').get(`plugins/${name}.ts`)?.text ?? '';
    writeFileSync(join(FOLDER, `${name}.mjs`), stripTypeScriptTypes(source));
  }
  const page = await startPage(t, {
    page: 'PLUGINS.md',
    config: 'gateway.yaml',
    moved: { '127.0.0.1:4101': `127.0.0.1:${address.port}`, 'stamp.ts': 'stamp.mjs', 'sign.ts': 'sign.mjs' },
  });
  await page.run('try');
  await page.run('chain');
});

test('the page names every step in its order', () => {
  const text = readFileSync(join(ROOT, 'gateway/docs/PLUGINS.md'), 'utf8');
  for (const [list, steps] of Object.entries({
    door: DOOR_STEPS,
    route: ROUTE_STEPS,
    outbound: OUTBOUND_STEPS,
  })) {
    const row = text.split('\n').find((line) => line.startsWith(`| ${list} |`)) ?? '';
    assert.deepEqual(row.match(/[a-z][A-Za-z]+/g)?.slice(1), [...steps]);
  }
});

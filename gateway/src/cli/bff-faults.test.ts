import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { bffFaults } from './bff-faults.ts';

const folder = mkdtempSync(join(tmpdir(), 'bff-faults-'));
after(() => rmSync(folder, { recursive: true }));

test('a BFF whose schema lacks a screen, or that is none, is a fault', async () => {
  const door = new URL('../bff/index.ts', import.meta.url).href;
  const bff = (schema: string) => `
    import { defineBackends, defineBff } from ${JSON.stringify(door)};
    const { part, screen } = defineBackends({});
    const home = screen({ path: '/home', field: 'home', parts: { a: part(() => 1) } });
    export default defineBff({ name: 'x', screens: [home], schema: ${JSON.stringify(schema)} });`;
  writeFileSync(join(folder, 'good.mjs'), bff('type Query { home: Home } type Home { a: Int }'));
  writeFileSync(join(folder, 'bad.mjs'), bff('type Query { other: Home } type Home { a: Int }'));
  writeFileSync(join(folder, 'none.mjs'), 'export default 1;');
  const names = ['good', 'bad', 'none'];
  const bffs = names.map((name) => ({ package: `./${name}.mjs`, mount: `/${name}` }));
  const faults = await bffFaults(configSchema.parse({ bffs }), join(folder, 'frontdesk.yaml'));
  assert.equal(faults.length, 2);
  assert.match(faults[0] ?? '', /bad.mjs: .*the schema has no Query.home/s);
  assert.match(faults[1] ?? '', /none.mjs: .*its default export is no BFF/s);
});

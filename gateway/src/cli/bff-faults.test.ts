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
  const { faults } = await bffFaults(configSchema.parse({ bffs }), join(folder, 'frontdesk.yaml'));
  assert.equal(faults.length, 2);
  assert.match(faults[0] ?? '', /bad.mjs: .*the schema has no Query.home/s);
  assert.match(faults[1] ?? '', /none.mjs: .*its default export is no BFF/s);
});

test('flows whose journal a crash would lose are warned of; a file is fit for several workers, too', async () => {
  const door = new URL('../bff/index.ts', import.meta.url).href;
  writeFileSync(
    join(folder, 'flows.mjs'),
    `import { defineBackends, defineBff } from ${JSON.stringify(door)};
    const { flow, step, part, screen } = defineBackends({});
    const home = screen({ path: '/home', field: 'home', parts: { a: part(() => 1) } });
    const buy = flow({ path: '/buy', field: 'buy', steps: [{ a: step(() => 1) }], answer: () => ({ a: 1 }) });
    export default defineBff({ name: 'f', screens: [home], flows: [buy],
      schema: 'type Query { home: Home } type Home { a: Int } type Mutation { buy: Home }' });`,
  );
  const bffs = [{ package: './flows.mjs', mount: '/f' }];
  const checked = (more: object) => bffFaults(configSchema.parse({ bffs, ...more }), join(folder, 'f.yaml'));
  const inMemory = await checked({});
  assert.deepEqual(inMemory.faults, []);
  assert.match(inMemory.warnings[0] ?? '', /flows.mjs: has flows, whose journal is in memory/);
  const file = { flows: { journal: { file: './x' } } };
  assert.deepEqual(await checked(file), { faults: [], warnings: [] });
  assert.deepEqual(await checked({ state: { redis: 'redis://127.0.0.1:1' } }), { faults: [], warnings: [] });
  assert.deepEqual(await checked({ ...file, workers: 2 }), { faults: [], warnings: [] });
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadBff } from './load.ts';
import { bindSchema } from './schema.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

describe('loadBff', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'frontdesk-bff-'));
    await writeFile(join(folder, 'none.mjs'), 'export default {}');
    await writeFile(join(folder, 'broken.mjs'), 'throw new Error("no luck")');
    await writeFile(join(folder, 'own.mjs'), "export default { kind: 'frontdesk.bff', name: 'own' }");
  });
  after(() => rm(folder, { recursive: true }));

  it("loads a package or a file, found from the configuration's folder", async () => {
    assert.equal((await loadBff('@frontdesk/bff-mobile', root)).name, 'mobile');
    assert.equal((await loadBff('@frontdesk/bff-web', join(root, 'bff-web'))).name, 'web');
    assert.equal((await loadBff('./own.mjs', folder)).name, 'own');
  });

  it("finds both dashboards' schemas and screens in agreement", async () => {
    for (const name of ['mobile', 'web']) {
      const schema = await bindSchema(await loadBff(`@frontdesk/bff-${name}`, root));
      assert.ok(schema.getQueryType()?.getFields().dashboard, name);
    }
  });

  it('finds what stands beside the gateway, wherever its configuration lies', async () => {
    assert.equal((await loadBff('@frontdesk/bff-mobile', folder)).name, 'mobile');
  });

  it('says what is wrong with one that it cannot use', async () => {
    await assert.rejects(
      loadBff('@frontdesk/bff-nowhere', root),
      /there is no such package \(MODULE_NOT_FOUND\)/,
    );
    await assert.rejects(loadBff('./none.mjs', folder), /its default export is no BFF/);
    await assert.rejects(loadBff('./broken.mjs', folder), /could not be loaded: Error: no luck/);
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageFolder } from './package-folder.fixture.ts';
import { locate, operationFiles } from './sources.ts';

describe('the sources of types', () => {
  it('are files beside the package, or files of installed packages', (t) => {
    const manifest = JSON.stringify({ name: '@acme/schema', exports: { './*': './*' } });
    const folder = packageFolder(t, {
      'users.yaml': '',
      'node_modules/@acme/schema/package.json': manifest,
      'node_modules/@acme/schema/users.yaml': '',
    });
    assert.deepEqual(locate(folder, 'users.yaml', 'x'), {
      file: join(folder, 'users.yaml'),
      isPackage: false,
    });
    const { file, isPackage } = locate(folder, '@acme/schema/users.yaml', 'x');
    assert.ok(isPackage && file.endsWith('/@acme/schema/users.yaml'));
    const where = join(folder, 'frontdesk.types.yaml');
    assert.throws(() => locate(folder, './orders.yaml', 'upstreams.orders'), {
      message: `${where}: upstreams.orders: there is no file "./orders.yaml"`,
    });
    assert.throws(() => locate(folder, '@acme/schemas/users.yaml', 'supergraph'), {
      message: `${where}: supergraph: "@acme/schemas/users.yaml" is neither a file here nor one of an installed package`,
    });
  });

  it("are the team's operations, and not its schema", async (t) => {
    const folder = packageFolder(t, {
      'src/schema.graphql': 'a',
      'src/screens/b.graphql': 'b',
      'src/a.graphql': 'a',
      'src/generated/c.graphql': 'c',
      'src/a.ts': '',
    });
    const config = { operations: 'src', schema: 'src/schema.graphql', output: 'src/generated' };
    assert.deepEqual(await operationFiles(folder, config), [
      { shown: 'src/a.graphql', text: 'a' },
      { shown: 'src/screens/b.graphql', text: 'b' },
    ]);
  });
});

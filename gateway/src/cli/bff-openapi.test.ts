import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { findBff } from './bff-openapi.ts';

test('a BFF is meant by its package, its mount, or by being the only one', () => {
  const told: string[] = [];
  const terminal = { out: () => {}, err: (text: string) => void told.push(text), env: {} };
  const config = (...mounts: string[]) =>
    configSchema.parse({ bffs: mounts.map((mount) => ({ package: `./${mount.slice(1)}.js`, mount })) });
  assert.equal(findBff(config('/a'), undefined, terminal)?.mount, '/a');
  assert.equal(findBff(config('/a', '/b'), '/b', terminal)?.package, './b.js');
  assert.equal(findBff(config('/a', '/b'), './a.js', terminal)?.mount, '/a');
  assert.deepEqual(told, []);
  assert.equal(findBff(config('/a', '/b'), undefined, terminal), undefined);
  assert.equal(findBff(config(), undefined, terminal), undefined);
  assert.deepEqual(told, [
    'which of these?\n  ./a.js at /a\n  ./b.js at /b\n',
    'the configuration has no BFF with a package\n',
  ]);
});

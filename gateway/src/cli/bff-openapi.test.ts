import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { describe, it, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { Bff } from '../bff/definition.ts';
import { configSchema } from '../config/schema.ts';
import { bffOpenapi, findBff } from './bff-openapi.ts';
import { recordedTerminal } from './testing.fixture.ts';

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

describe('the documents of the BFFs of this repository', () => {
  for (const name of ['bff-mobile', 'bff-web']) {
    it(`${name}: one of OpenAPI 3.1; flows take a key, live streams are events`, async () => {
      const folder = resolve(import.meta.dirname, '../../..', name);
      const terminal = recordedTerminal();
      assert.equal(
        await bffOpenapi(undefined, { config: join(folder, 'frontdesk.yaml') }, terminal),
        0,
        terminal.stderr(),
      );
      const document = JSON.parse(terminal.stdout());
      const { valid, errors } = await new Validator().validate(structuredClone(document));
      assert.ok(valid, JSON.stringify(errors));
      const { default: bff }: { default: Bff } = await import(join(folder, 'src/index.ts'));
      for (const flow of bff.flows) {
        const { parameters, responses } = document.paths[flow.path].post;
        const key = parameters.find((one: { name?: string }) => one.name === 'Idempotency-Key');
        assert.deepEqual([key?.in, key?.required], ['header', flow.idempotency === 'required'], flow.path);
        assert.ok(responses[flow.status].content['application/json'], flow.path);
      }
      for (const live of bff.live) {
        const { content } = document.paths[live.path].get.responses['200'];
        assert.deepEqual(Object.keys(content), ['text/event-stream'], live.path);
      }
    });
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configJsonSchema } from './json-schema.ts';

const COMMITTED = new URL('../../../schema/frontdesk.schema.json', import.meta.url);

test('the committed schema is the one that the code makes', () => {
  assert.deepEqual(
    JSON.parse(readFileSync(COMMITTED, 'utf8')),
    JSON.parse(configJsonSchema()),
    'stale: node gateway/src/config/json-schema.ts > schema/frontdesk.schema.json, then format it',
  );
});

test('it knows the sections and refuses other words', () => {
  const schema: { properties: Record<string, unknown>; additionalProperties: boolean } = JSON.parse(
    configJsonSchema(),
  );
  for (const section of ['include', 'listen', 'upstreams', 'routes', 'bffs', 'telemetry']) {
    assert.ok(section in schema.properties, section);
  }
  assert.equal(schema.additionalProperties, false);
});

test('every key says what it is', () => {
  const bare: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'properties') walk(child, path);
      else {
        for (const [name, property] of Object.entries<object>(child)) {
          const at = `${path}.${name}`;
          if (!('description' in property)) bare.push(at);
          walk(property, at);
        }
      }
    }
  };
  walk(JSON.parse(configJsonSchema()), '');
  assert.deepEqual(bare, []);
});

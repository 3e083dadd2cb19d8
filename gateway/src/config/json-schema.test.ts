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

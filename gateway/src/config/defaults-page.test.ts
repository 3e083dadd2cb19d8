/** Holds the table of gateway/docs/DEFAULTS.md to the schema of the configuration. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../../..');
const page = readFileSync(join(ROOT, 'gateway/docs/DEFAULTS.md'), 'utf8');
const schema: unknown = JSON.parse(readFileSync(join(ROOT, 'schema/frontdesk.schema.json'), 'utf8'));

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schemas that may hold at a place: references followed, unions opened. */
function opened(value: unknown): Node[] {
  if (!isNode(value)) return [];
  const { $ref } = value;
  if (typeof $ref === 'string') {
    return opened(
      $ref
        .split('/')
        .slice(1)
        .reduce<unknown>((at, key) => (isNode(at) ? at[key] : undefined), schema),
    );
  }
  const kinds = [value.anyOf, value.oneOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return [value, ...kinds.flatMap(opened)];
}

/** Every default that the schema states for a setting. */
function defaultsOf(setting: string): unknown[] {
  let places = opened(schema);
  for (const step of setting.replaceAll('[]', '.[]').split('.')) {
    places = places.flatMap((place) => {
      if (step === '[]') return opened(place.items);
      if (step === 'X') return opened(place.additionalProperties);
      return isNode(place.properties) ? opened(place.properties[step]) : [];
    });
  }
  return places.flatMap((place) => (place.default === undefined ? [] : [place.default]));
}

const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, setting = '', told = '']) => ({
  setting,
  told: told.trim(),
}));

test('the page tells defaults', () => {
  assert.ok(rows.length > 70, `${rows.length} rows`);
  assert.equal(new Set(rows.map(({ setting }) => setting)).size, rows.length, 'a setting is there twice');
});

for (const { setting, told } of rows) {
  test(`${setting} is ${told} by default`, () => {
    assert.ok(
      defaultsOf(setting).map(String).includes(told),
      `the schema says ${JSON.stringify(defaultsOf(setting))}`,
    );
  });
}

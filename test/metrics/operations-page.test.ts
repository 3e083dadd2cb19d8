/** What gateway/docs/OPERATIONS.md names is there: metrics with their labels, error codes with their status, settings, paths for operators. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { assertAsks, knownSeries } from './known-series.ts';

const page = readFileSync(join(ROOT, 'gateway/docs/OPERATIONS.md'), 'utf8');
const spans = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);

test('every metric that it asks for is one that there is, with these labels', () => {
  const known = knownSeries();
  const asked = spans.filter((text) => /\b(?:frontdesk|nodejs|process)_[a-z_]+/.test(text));
  assert.ok(asked.length > 20);
  for (const text of asked) {
    const [bare] = /^(?:frontdesk|nodejs|process)_[a-z0-9_]+$/.exec(text) ?? [];
    if (bare !== undefined) assert.ok(known.has(bare) || known.has(`${bare}_bucket`), bare);
    else assertAsks(known, text, 'OPERATIONS.md');
  }
});

test('every error is in the table of errors, with that status', () => {
  const errors = readFileSync(join(ROOT, 'gateway/docs/ERRORS.md'), 'utf8');
  const statuses = new Map(
    [...errors.matchAll(/^\| `(\w+)` \| (\d{3}) /gm)].map(([, code = '', status = '']) => [code, status]),
  );
  const rows = [...page.matchAll(/^\| (\d{3}) \| ([^|]+) \|/gm)];
  assert.ok(rows.length > 5);
  for (const [, status = '', codes = ''] of rows)
    for (const [, code = ''] of codes.matchAll(/`(\w+)`/g)) assert.equal(statuses.get(code), status, code);
});

test('every setting is one that a configuration takes', () => {
  const schema: unknown = JSON.parse(readFileSync(join(ROOT, 'schema/frontdesk.schema.json'), 'utf8'));
  const paths = [...pathsOf(schema, schema, '', [])];
  const named = spans.filter(
    (text) => /^[a-z]\w*(?:\.[a-z]\w*)+$/.test(text) && !/\.(?:yaml|sh|json)$/.test(text),
  );
  assert.ok(named.length > 8);
  for (const name of named)
    assert.ok(
      paths.some((path) => path === name || path.endsWith(`.${name}`)),
      name,
    );
});

test('every path for operators is answered', () => {
  const folder = join(ROOT, 'gateway/src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const text = sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const asked = new Set(page.match(/\/(?:admin\/[a-z-]+|healthz|readyz|metrics)\b/g));
  assert.ok(asked.size > 5);
  for (const path of asked) assert.ok(text.includes(`'${path}'`) || text.includes(`'${path}/'`), path);
});

/** `listen.limits.connections`; what is named by its user is left out. */
function* pathsOf(schema: unknown, node: unknown, path: string, refs: readonly string[]): Generator<string> {
  if (!isRecord(node)) return;
  const { $ref: ref, properties, items, additionalProperties: named } = node;
  if (typeof ref === 'string' && !refs.includes(ref)) {
    const target = ref
      .slice(2)
      .split('/')
      .reduce((at: unknown, key) => (isRecord(at) ? at[key] : undefined), schema);
    yield* pathsOf(schema, target, path, [...refs, ref]);
  }
  for (const kind of [node.anyOf, node.oneOf, node.allOf]) {
    for (const one of Array.isArray(kind) ? kind : []) yield* pathsOf(schema, one, path, refs);
  }
  for (const one of [items, named]) yield* pathsOf(schema, one, path, refs);
  for (const [key, value] of isRecord(properties) ? Object.entries(properties) : []) {
    const own = path === '' ? key : `${path}.${key}`;
    yield own;
    yield* pathsOf(schema, value, own, refs);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

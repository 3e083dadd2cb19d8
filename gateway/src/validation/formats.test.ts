import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMATS } from './formats.ts';

function holds(name: string, value: string): boolean {
  const format = FORMATS[name];
  assert.ok(typeof format === 'function', name);
  return format(value) === true;
}

test('texts are told apart', () => {
  for (const [name, good, bad] of [
    ['date-time', '2026-01-31T23:59:59Z', '2026-02-31T00:00:00Z'],
    ['date', '2024-02-29', '2026-02-29'],
    ['uuid', '2eb8aa08-aa98-11ea-b4aa-73b441d16380', '2eb8aa08'],
    ['email', 'a@b.example', 'a@'],
    ['ipv4', '192.0.2.1', '256.0.0.1'],
    ['uri', 'https://a.example/b', '/b'],
    ['byte', 'YWI=', '!!!!\nYWJj'],
    ['byte', '', 'YWI'],
    ['hostname', 'a.example', '-a'],
  ] as const) {
    assert.ok(holds(name, good), `${name} ${good}`);
    assert.ok(!holds(name, bad), `${name} ${bad}`);
  }
});

test('a long text is of no format, and is not walked', () => {
  for (const name of ['email', 'url', 'uri', 'regex', 'hostname']) {
    assert.ok(!holds(name, `http://${':'.repeat(1_000_000)}`), name);
  }
  assert.ok(holds('byte', 'YWJj'.repeat(200_000)));
});

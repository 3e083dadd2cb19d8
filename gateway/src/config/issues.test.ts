// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text under test is this very syntax
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { durationMs, name } from '../settings/settings.ts';
import { formatFault } from './fault.ts';
import { retype, validate } from './issues.ts';
import { substitute } from './substitution.ts';
import { toPlain } from './tree.ts';
import { readYaml } from './yaml-source.ts';

const schema = z.strictObject({
  port: z.int().min(1).max(65_535).optional(),
  level: z.enum(['debug', 'info']).optional(),
  to: z
    .union([
      z.strictObject({ upstream: z.string(), rewrite: z.string().optional() }),
      z.strictObject({ fixed: z.strictObject({ status: z.int() }) }),
    ])
    .optional(),
  limit: z.union([z.literal('unlimited'), z.strictObject({ capacity: z.number() })]).optional(),
  named: z.record(name, z.strictObject({ wait: durationMs })).optional(),
  secret: z
    .string()
    .regex(/^[a-z]+$/, 'expected letters')
    .optional(),
});

function check(text: string, environment: Record<string, string> = {}): string[] {
  const { root } = readYaml('f', text);
  substitute(root, environment, () => ({ ok: false, reason: 'none' }));
  retype(schema, root, toPlain(root));
  return validate(schema, root, toPlain(root)).faults.map(formatFault);
}

test('each kind of fault says what was expected, what was there, and where', () => {
  const cases: [string, string][] = [
    ['port: "x"', 'f:1:7: port: expected a number, not "x"'],
    ['port: 1.5', 'f:1:7: port: expected a whole number, not 1.5'],
    ['port: 0', 'f:1:7: port: expected a number of at least 1, not 0'],
    ['level: inf', 'f:1:8: level: expected one of debug, info, not "inf"; did you mean "info"?'],
    ['prot: 1', 'f:1:1: prot: unknown key "prot"; did you mean "port"?'],
    ['zebra: 1', 'f:1:1: zebra: unknown key "zebra"; known: port, level, to, limit, named, secret'],
    ['to: { upstrem: a }', 'f:1:7: to.upstrem: unknown key "upstrem"; did you mean "upstream"?'],
    ['to: { fixed: { status: up } }', 'f:1:24: to.fixed.status: expected a number, not "up"'],
    ['to: { upstream: a, rewrite: 5 }', 'f:1:29: to.rewrite: expected text, not 5'],
    ['to: {}', 'f:1:5: to: expected exactly one of upstream, fixed; there is none'],
    ['to: { rewrite: /a }', 'f:1:5: to.upstream: is missing: expected text'],
    [
      'to: { upstream: a, fixed: { status: 200 } }',
      'f:1:5: to: expected exactly one of upstream, fixed, not upstream and fixed',
    ],
    ['to: 7', 'f:1:5: to: expected a map, not 7'],
    [
      'limit: unlimted',
      'f:1:8: limit: expected "unlimited", or a map, not "unlimted"; did you mean "unlimited"?',
    ],
    ['limit: { capacity: a }', 'f:1:20: limit.capacity: expected a number, not "a"'],
    [
      'named:\n  a: { wait: 5x }',
      'f:2:14: named.a.wait: expected a duration such as 250ms, 5s, 2m or 1h, not "5x"',
    ],
    [
      'named: { a: { wait: 5 } }',
      'f:1:21: named.a.wait: expected a duration such as 250ms, 5s, 2m or 1h, not 5',
    ],
    ['named: { a: }', 'f:1:10: named.a: expected a map, not nothing'],
  ];
  for (const [text, fault] of cases) assert.deepEqual(check(text), [fault]);
  assert.match(
    check('named: { 1a: { wait: 5s } }').join(),
    /^f:1:10: named.1a: the key is wrong: expected a name/,
  );
});

test('text from the environment takes the type its place asks for, and is never shown', () => {
  assert.deepEqual(check('port: ${P}', { P: '8080' }), []);
  assert.deepEqual(check('limit: { capacity: "${P}" }', { P: '80' }), []);
  assert.deepEqual(check('secret: ${S}', { S: 'TOP-SECRET-1' }), ['f:1:9: secret: expected letters']);
  assert.deepEqual(check('port: ${S}', { S: 'TOP-SECRET-1' }), [
    'f:1:7: port: expected a number, not "${S}"',
  ]);
  assert.deepEqual(check('named: { a: { wait: "${S}" } }', { S: 'TOP-SECRET-1' }), [
    'f:1:21: named.a.wait: expected a duration such as 250ms, 5s, 2m or 1h, not "${S}"',
  ]);
});

test('text that was written as text stays text', () => {
  assert.deepEqual(check('port: "8080"'), ['f:1:7: port: expected a number, not "8080"']);
});

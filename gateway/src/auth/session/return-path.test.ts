import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { returnPath } from './return-path.ts';

test('a path of our own is taken as browsers resolve it', () => {
  for (const [asked, expected] of [
    ['/', '/'],
    ['/a/b?c=d&e=/f', '/a/b?c=d&e=/f'],
    ['/a/../b', '/b'],
    ['/a#fragment', '/a'],
    ['/%2f%2fevil.example', '/%2f%2fevil.example'],
    ['/?next=//evil.example', '/?next=//evil.example'],
  ] as const) {
    assert.equal(returnPath(asked, ['/']), expected);
  }
});

test('nothing leads elsewhere', () => {
  for (const asked of [
    ...['', 'a', 'https://evil.example', '//evil.example', '///evil.example', '/\\evil.example'],
    ...['\\\\evil.example', '/\t/evil.example', '/\n/evil.example', ' //evil.example', '/ /evil.example'],
    ...[
      '/.//evil.example',
      '/a/..//evil.example',
      '/%2e//evil.example',
      '/\u3002evil',
      'javascript:alert(1)',
    ],
    ...['/a\r\nset-cookie: x=1', '/\u0000', `/${'a'.repeat(3000)}`],
  ]) {
    assert.equal(returnPath(asked, ['/']), undefined, JSON.stringify(asked));
  }
});

test('whatever is asked for, a browser stays here', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2f',
    '%5c',
    '%2e',
    '@',
    ':',
    '?',
    '#',
    'evil.example',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 8 }), (pieces) => {
      const path = returnPath(pieces.join(''), ['/']);
      if (path === undefined) return;
      assert.equal(new URL(path, 'https://app.example').origin, 'https://app.example');
    }),
    { numRuns: 3000 },
  );
});

test('a prefix stands for itself and what is below it', () => {
  const allowed = ['/app', '/docs/'];
  for (const path of ['/app', '/app/x', '/app?x=1', '/docs/', '/docs/a'])
    assert.equal(returnPath(path, allowed), path);
  for (const path of ['/', '/apple', '/docs', '/app/../admin'])
    assert.equal(returnPath(path, allowed), undefined);
});

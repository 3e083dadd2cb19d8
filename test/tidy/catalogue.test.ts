/**
 * The catalogue of attacks is a list of numbered cases, one letter an area; each is a test whose title begins with its
 * number (`A5: gzip, chunked`, `H121 H122: …`). This holds that none is without.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findFiles, PACKAGES, ROOT } from './source.ts';

/** Area → its first and last number. */
const AREAS: Readonly<Record<string, readonly [first: number, last: number]>> = {
  /** Framing. */
  A: [1, 28],
  /** Headers and identity. */
  B: [29, 42],
  /** Paths, redirects, addresses of our own calls. */
  C: [43, 55],
  /** Resources. */
  D: [56, 70],
  /** TLS with client certificates. */
  E: [71, 75],
  /** Tokens. */
  F: [76, 99],
  /** API keys. */
  G: [100, 105],
  /** GraphQL. */
  H: [106, 128],
  /** Federation. */
  I: [129, 137],
  /** Rate limits. */
  J: [138, 143],
  /** Caches and sharing. */
  K: [144, 152],
  /** Configuration and logs. */
  L: [153, 160],
  /** WebSockets. */
  M: [161, 168],
};

/** The numbers at the start of titles, of `test` and `it`, in whatever quotes. */
function numbersIn(source: string): string[] {
  return [...source.matchAll(/\b(?:test|it)\(\s*['"`]((?:[A-M]\d{1,3}[ :])+)/g)].flatMap(
    ([, numbers = '']) => numbers.match(/[A-M]\d+/g) ?? [],
  );
}

test('every case of the catalogue has a test that is named by its number', () => {
  const files = PACKAGES.flatMap((name) => findFiles(name, (file) => file.endsWith('.test.ts')));
  const found = new Set(files.flatMap((file) => numbersIn(readFileSync(join(ROOT, file), 'utf8'))));
  const missing = Object.entries(AREAS).flatMap(([area, [first, last]]) =>
    Array.from({ length: last - first + 1 }, (_, i) => `${area}${first + i}`).filter((it) => !found.has(it)),
  );
  assert.deepEqual(missing, []);
});

test('numbers are read from titles alone', () => {
  const source = "test('A1: a', f); it(\n  `B2 C3: d`); test('about D4'); // test E5\n f('F6: g');";
  assert.deepEqual(numbersIn(source), ['A1', 'B2', 'C3']);
});

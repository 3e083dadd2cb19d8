import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferredType } from './content-negotiation.ts';

const OFFERED = ['application/json', 'application/xml'] as const;

test('RFC 9110 §12.5.1: the heaviest type, by its most specific range; the first on a tie', () => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/xml', 'application/xml'],
    ['application/xml;q=0.5, application/json;q=0.4', 'application/xml'],
    ['application/json;q=0.5, application/*', 'application/xml'],
    ['text/html, application/xml;q=0.9, */*;q=0.8', 'application/xml'],
    ['application/json;q=0, */*', 'application/xml'],
    ['Application/XML ; Q=1', 'application/xml'],
    ['application/json;q=0', undefined],
    ['text/html', undefined],
    ['application/json;q=abc', undefined],
    ['application/json;charset=utf-8', 'application/json'],
  ];
  for (const [accept, expected] of cases) assert.equal(preferredType(accept, OFFERED), expected, accept);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quote } from './text.ts';

test('quotes as JSON.stringify does, whatever the length', () => {
  const units = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\n', '\u0000', '\ud800', '\udc00', 'é', '😀'),
  );
  const text = fc
    .tuple(fc.nat(200), fc.array(units, { maxLength: 5 }))
    .map(([n, parts]) => 'x'.repeat(n) + parts.join('y'));
  fc.assert(fc.property(text, (value) => assert.equal(quote(value), JSON.stringify(value))));
  for (const special of ['"', '\\', '\n', '\u001f', '\ud800', '\udfff', '\u2028']) {
    for (const length of [0, 19, 20, 21, 99, 100, 101, 500]) {
      const value = `${'a'.repeat(length)}${special}`;
      assert.equal(quote(value), JSON.stringify(value));
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeXml, isXmlCharacter, resolveReferences } from './xml-entities.ts';

test('text that XML may hold comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, attribute) => {
      const legal = [...text].filter((one) => isXmlCharacter(one.codePointAt(0) ?? 0)).join('');
      assert.equal(resolveReferences(escapeXml(legal, attribute)), legal);
    }),
  );
});

test('references are resolved once, and unknown ones are refused', () => {
  assert.equal(resolveReferences('&amp;lt; &#65;&#x1F600;'), '&lt; A😀');
  for (const bad of ['&nbsp;', '&', '&a', '&#0;', '&#xD800;', '&#x110000;', '&toString;', '&#;']) {
    assert.equal(resolveReferences(bad), undefined, bad);
  }
  assert.equal(escapeXml('a\u0001', false), 'a\ufffd');
});

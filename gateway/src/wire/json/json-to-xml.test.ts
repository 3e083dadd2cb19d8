import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileJsonToXml, toXmlConfig } from './json-to-xml.ts';
import { parseJson } from './json-value.ts';
import { compileXmlToJson, fromXmlConfig } from './xml-to-json.ts';

const write = (value: unknown, config: unknown = { declaration: false }): string =>
  Buffer.from(compileJsonToXml(toXmlConfig.parse(config))(value)).toString();

test('members are elements, lists repeat them, marked members are attributes', () => {
  const value = { order: { '@id': 7, item: [1, { '#text': 'b', '@n': true }], none: null, lists: [[1, 2]] } };
  assert.equal(
    write(value),
    '<order id="7"><item>1</item><item n="true">b</item><none/><lists><item>1</item><item>2</item></lists></order>',
  );
  assert.equal(
    write([1], { root: 'all', item: 'one' }),
    '<?xml version="1.0" encoding="UTF-8"?><all><one>1</one></all>',
  );
  assert.equal(write({ a: 1, b: 2 }), '<root><a>1</a><b>2</b></root>');
  assert.equal(write('x'), '<root>x</root>');
  assert.equal(write({ r: 1 }, { root: 'r', declaration: false }), '<r>1</r>');
  assert.equal(write({ a: 1 }, { root: 'r', declaration: false }), '<r><a>1</a></r>');
});

test('text and names cannot become markup', () => {
  assert.equal(write({ a: '</a><b>&"' }), '<a>&lt;/a&gt;&lt;b&gt;&amp;"</a>');
  assert.equal(write({ r: { '@q': '"><x y="' } }), '<r q="&quot;&gt;&lt;x y=&quot;"/>');
  assert.equal(write({ 'a><b': 1 }), '<a_x003E__x003C_b>1</a_x003E__x003C_b>');
  assert.equal(write({ '1st': 1 }), '<_x0031_st>1</_x0031_st>');
});

test('numbers keep their digits', () => {
  assert.equal(
    write(parseJson(Buffer.from('{"n":12345678901234567890.10}'), 9)?.value),
    '<n>12345678901234567890.10</n>',
  );
});

test('whatever is written can be read', () => {
  const read = compileXmlToJson(fromXmlConfig.parse(true));
  const safe = fc.object({
    maxDepth: 4,
    values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
  });
  fc.assert(
    fc.property(safe, (value) => {
      const text = JSON.stringify(value);
      if (/toString|valueOf|constructor|prototype|__|hasOwnProperty/.test(text)) return;
      assert.ok(read(Buffer.from(write(value)), undefined), write(value));
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileXmlToJson, fromXmlConfig } from './xml-to-json.ts';

function read(xml: string | Uint8Array, config: unknown = true, charset?: string): unknown {
  const bytes = typeof xml === 'string' ? Buffer.from(xml) : xml;
  const parsed = compileXmlToJson(fromXmlConfig.parse(config))(bytes, charset);
  return parsed && JSON.stringify(parsed.value);
}

const INVOICE = `<?xml version="1.0"?><!-- note -->
<i:invoice xmlns:i="urn:i" id="7" paid="true"><lines><line n="1">A &amp; B</line></lines>
<total>12345678901234567890.10</total><code>007</code><none/><raw><![CDATA[<!DOCTYPE x>&amp;]]></raw></i:invoice>`;

test('elements, attributes, text and lists', () => {
  assert.equal(
    read(INVOICE),
    '{"invoice":{"@id":"7","@paid":"true","lines":{"line":{"@n":"1","#text":"A & B"}},' +
      '"total":"12345678901234567890.10","code":"007","none":"","raw":"<!DOCTYPE x>&amp;"}}',
  );
  assert.equal(read('<a><b>1</b><b>2</b></a>'), '{"a":{"b":["1","2"]}}');
  assert.equal(read('<a> x </a>'), '{"a":" x "}');
});

test('lists, types, names and attributes as they are asked for', () => {
  const config = {
    arrays: ['invoice.lines.line'],
    numbers: true,
    booleans: true,
    attributes: '',
    text: 'value',
  };
  assert.equal(
    read(INVOICE, config),
    '{"invoice":{"id":7,"paid":true,"lines":{"line":[{"n":1,"value":"A & B"}]},' +
      '"total":12345678901234567890.10,"code":"007","none":"","raw":"<!DOCTYPE x>&amp;"}}',
  );
  assert.equal(read('<x:a xmlns:x="u" b="1"/>', { namespaces: 'keep' }), '{"x:a":{"@xmlns:x":"u","@b":"1"}}');
  assert.equal(read('<a b="1"><c>2</c></a>', { attributes: null }), '{"a":{"c":"2"}}');
});

test('other encodings, by the word of the field or of the declaration', () => {
  const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e9</a>', 'latin1');
  assert.equal(read(latin), '{"a":"é"}');
  assert.equal(read(Buffer.from('<a>\u00e9</a>', 'latin1'), true, 'iso-8859-1'), '{"a":"é"}');
  assert.equal(read(Buffer.from('<a>\u00e9</a>', 'latin1')), undefined);
  assert.equal(read('<a/>', true, 'klingon'), undefined);
});

test('document types are refused, whatever they declare', () => {
  const laughs = `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(10)}"><!ENTITY c "${'&b;'.repeat(10)}">]>`;
  for (const bad of [
    `${laughs}<l>&c;</l>`,
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]><a>&x;</a>',
    '<!-- --><!doctype a><a/>',
    '<a><!DOCTYPE b></a>',
    '<a><!ENTITY b "c"></a>',
  ]) {
    assert.equal(read(bad), undefined, bad);
  }
});

test('what is not well-formed, or nests too deeply, is refused', () => {
  for (const bad of [
    '',
    'a',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    'x<a/>',
    '<a/>x',
    '<a>&nope;</a>',
    '<a>&</a>',
    '<a b=1/>',
    '<a b="1" b="2"/>',
    '<a><![CDATA[</a>',
    '<a><!--</a>',
  ]) {
    assert.equal(read(bad), undefined, bad);
  }
  const nested = (depth: number): string => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`;
  assert.notEqual(read(nested(60)), undefined);
  assert.equal(read(nested(70)), undefined);
  assert.equal(read(nested(100_000)), undefined);
});

test('a document of too many nodes is refused before it is parsed', () => {
  assert.notEqual(read(`<a>${'<b/>'.repeat(9)}</a>`, { maxNodes: 10 }), undefined);
  assert.notEqual(read(`<a>${'<b></b>'.repeat(9)}</a>`, { maxNodes: 10 }), undefined);
  assert.equal(read(`<a>${'<b></b>'.repeat(10)}</a>`, { maxNodes: 10 }), undefined);
  assert.equal(
    read(`<a ${Array.from({ length: 10 }, (_, i) => `b${i}=""`).join(' ')}/>`, { maxNodes: 10 }),
    undefined,
  );
});

test('no element reaches a prototype', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    read(`<a><${name}><polluted>1</polluted></${name}></a>`);
    read(`<${name}><polluted>1</polluted></${name}>`);
    read(`<a ${name}="1"/>`, { attributes: '' });
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseManifest, sha256 } from './manifest.ts';

const APOLLO = { format: 'apollo-persisted-query-manifest', version: 1 };

function documents(content: unknown) {
  const manifest = parseManifest(JSON.stringify(content));
  assert.ok(manifest.ok, JSON.stringify(manifest));
  return manifest.documents;
}

function fault(content: unknown) {
  const manifest = parseManifest(typeof content === 'string' ? content : JSON.stringify(content, null, 1));
  assert.ok(!manifest.ok);
  return manifest.fault;
}

test("the three formats are told apart by what they hold: Apollo's, and the maps of Relay and Codegen", () => {
  const operations = [{ id: 'x', name: 'A', type: 'query', body: 'query A { a }' }];
  assert.deepEqual(documents({ ...APOLLO, operations }), [
    { id: 'x', text: 'query A { a }', operationName: 'A' },
  ]);
  const text = 'query B { b }';
  assert.deepEqual(documents({ [sha256(text)]: text, [`sha256:${sha256(text)}`]: text }), [
    { id: sha256(text), text, operationName: undefined },
    { id: `sha256:${sha256(text)}`, text, operationName: undefined },
  ]);
  // An identifier may be any word.
  assert.equal(documents({ format: '{ a }', __proto__x: '{ b }' }).length, 2);
  assert.equal(documents(JSON.parse('{"__proto__":"{ a }"}'))[0]?.id, '__proto__');
});

test('what is wrong has its line and column', () => {
  const cases: [unknown, number, RegExp][] = [
    ['{\n "a": "{ a }"\n "b": 1 }', 3, /not valid JSON/],
    ['[]', 1, /a JSON object/],
    ['', 1, /not valid JSON/],
    [{ a: '{ a }', b: 7 }, 3, /"b": expected the text/],
    [{ a: ' ' }, 2, /not nothing/],
    [{ '': '{ a }' }, 2, /identifier/],
    [{ [`sha256:${'0'.repeat(64)}`]: '{ a }' }, 2, /not the SHA-256/],
    [{ format: 'other', operations: [] }, 2, /format/],
    [{ ...APOLLO, version: 2, operations: [] }, 3, /version 1/],
    [{ ...APOLLO, operations: {} }, 4, /a list/],
    [{ ...APOLLO, operations: [1] }, 4, /an object/],
    [{ ...APOLLO, operations: [{ body: '{ a }' }] }, 4, /an id/],
    [{ ...APOLLO, operations: [{ id: 'q' }] }, 6, /"q": expected a body/],
    [
      {
        ...APOLLO,
        operations: [
          { id: 'q', body: '{ a }' },
          { id: 'q', body: '{ b }' },
        ],
      },
      6,
      /two documents/,
    ],
  ];
  for (const [content, line, message] of cases) {
    const found = fault(content);
    assert.match(found.message, message);
    assert.equal(found.line, line, JSON.stringify(content));
    assert.ok(found.column >= 1);
  }
});

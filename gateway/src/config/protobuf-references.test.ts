/** Where bodies cannot be translated, the configuration says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './load.ts';

function faultsOf(to: string, sides: string, upstream = ''): string[] {
  const text = [
    'upstreams:',
    `  shop: { url: "http://127.0.0.1:1"${upstream} }`,
    'routes:',
    `  - match: { path: /x }`,
    `    to: ${to}`,
    ...sides.split('\n').map((line) => `    ${line}`),
  ].join('\n');
  const loaded = parseConfig({ file: '/f.yaml', read: () => ({ ok: true, text }) }, {});
  return loaded.ok ? [] : loaded.faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);
}

const BODY = '{ proto: ./a.proto, message: a.B }';

test('a plain route to an upstream is good', () => {
  assert.deepEqual(
    faultsOf('{ upstream: shop }', `request: { protobuf: ${BODY} }\nresponse: { protobuf: ${BODY} }`),
    [],
  );
});

for (const [title, to, sides, upstream, expected] of [
  [
    'an answer of ours',
    '{ fixed: {} }',
    `request: { protobuf: ${BODY} }`,
    '',
    /^6 routes\[0\]\.request\.protobuf: needs a route/,
  ],
  ['a stream', '{ upstream: shop, stream: true }', `response: { protobuf: ${BODY} }`, '', /to\.stream/],
  [
    'a WebSocket',
    '{ upstream: shop, websocket: true }',
    `response: { protobuf: ${BODY} }`,
    '',
    /to\.websocket/,
  ],
  [
    'XML for the backend',
    '{ upstream: shop }',
    `request: { toXml: { root: a }, protobuf: ${BODY} }`,
    '',
    /excludes request\.toXml/,
  ],
  [
    'an upstream that strips',
    '{ upstream: shop }',
    `response: { protobuf: ${BODY} }`,
    ', response: { strip: [a] }',
    /excludes upstreams\.shop\.response\.strip/,
  ],
] as const) {
  test(`refused: ${title}`, () => {
    const faults = faultsOf(to, sides, upstream);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0] ?? '', expected);
  });
}

test('an upstream that strips the JSON that it speaks is good', () => {
  const json = BODY.replace(' }', ', backend: json }');
  assert.deepEqual(
    faultsOf('{ upstream: shop }', `response: { protobuf: ${json} }`, ', response: { strip: [a] }'),
    [],
  );
});

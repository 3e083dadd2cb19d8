import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { decodeBatch, decodeGet, decodePost, negotiate, requireJson, statusOf } from './graphql-over-http.ts';

const GRAPHQL = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';
const post = (body: unknown) =>
  decodePost(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

test('parameters of a POST; null and absence are one', () => {
  assert.deepEqual(post({ query: '{a}' }), {
    query: '{a}',
    documentId: undefined,
    operationName: undefined,
    variables: undefined,
    extensions: undefined,
  });
  assert.deepEqual(
    post({ query: '{a}', operationName: null, variables: null, extensions: null, more: 1 }),
    post({ query: '{a}' }),
  );
  assert.deepEqual(post({ query: '{a}', operationName: 'A', variables: { x: 1 }, extensions: { y: 2 } }), {
    query: '{a}',
    documentId: undefined,
    operationName: 'A',
    variables: { x: 1 },
    extensions: { y: 2 },
  });
});

test('H114 H128: batches and parameters of another type are refused', () => {
  const bad = [
    [],
    [{ query: '{a}' }],
    null,
    7,
    '"x"',
    '{',
    '',
    '\ufeff{"query":"{a}"}',
    {},
    { query: 1 },
    { query: '' },
    { query: ['{a}'] },
    { query: '{a}', operationName: 1 },
    { query: '{a}', variables: [] },
    { query: '{a}', variables: 'x' },
    { query: '{a}', extensions: 0 },
    `{"query":"{a}","variables":${'['.repeat(70)}${']'.repeat(70)}}`,
    '{"__proto__":{"query":"{a}"}}',
  ];
  for (const body of bad) assert.throws(() => post(body), { code: 'bad_request' }, JSON.stringify(body));
  assert.throws(() => decodePost(Buffer.from('{"query":"{a}", "x": "\xff"}', 'latin1')), {
    code: 'bad_request',
  });
});

test('a document may be named instead of sent', () => {
  const none = new HeaderFields();
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'ab' } };
  for (const named of [{ documentId: 'sha256:ab' }, { id: 'sha256:ab' }, { doc_id: 'sha256:ab' }]) {
    const { query, documentId } = post(named);
    assert.deepEqual([query, documentId], [undefined, 'sha256:ab']);
    const got = decodeGet(new URLSearchParams(Object.entries(named)).toString(), none);
    assert.deepEqual([got.query, got.documentId], [undefined, 'sha256:ab']);
  }
  assert.equal(post({ query: '{a}', id: '1' }).documentId, undefined);
  assert.deepEqual(post({ extensions }).extensions, extensions);
  const search = new URLSearchParams({ extensions: JSON.stringify(extensions) }).toString();
  assert.deepEqual(decodeGet(search, none).extensions, extensions);
  for (const bad of [{ documentId: 1 }, { id: {} }, { documentId: '' }, { extensions: { other: 1 } }]) {
    assert.throws(() => post(bad), { code: 'bad_request' });
  }
});

test('a batch holds as many requests as are allowed, each of them good', () => {
  const batch = (body: unknown) => decodeBatch(Buffer.from(JSON.stringify(body)), 2);
  assert.deepEqual(batch([{ query: '{a}' }, { query: '{b}' }]), [
    post({ query: '{a}' }),
    post({ query: '{b}' }),
  ]);
  assert.deepEqual(batch({ query: '{a}' }), post({ query: '{a}' }));
  const a = { query: '{a}' };
  for (const bad of [[], [a, a, a], [a, {}], [[a]], [null]]) {
    assert.throws(() => batch(bad), { code: 'bad_request' });
  }
});

test('parameters of a GET', () => {
  const none = new HeaderFields();
  const query = new URLSearchParams({
    query: '{a}',
    variables: '{"x":1}',
    operationName: 'A',
    extensions: '',
  }).toString();
  assert.deepEqual(decodeGet(query, none), {
    query: '{a}',
    documentId: undefined,
    operationName: 'A',
    variables: { x: 1 },
    extensions: undefined,
  });
  for (const bad of [
    '',
    'query=',
    'variables={}',
    'query={a}&query={b}',
    'query={a}&variables=x',
    'query={a}&variables=[]',
    `query={a}&variables=${'['.repeat(70)}`,
  ]) {
    assert.throws(() => decodeGet(bad, none), { code: 'bad_request' }, bad);
  }
});

test('H121 H122 D67 D68: what a foreign page can send without asking is refused', () => {
  const type = (value: string) => () => requireJson(HeaderFields.of({ 'content-type': value }));
  for (const good of [
    JSON_TYPE,
    'Application/JSON',
    ' application/json\t; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/json;',
  ]) {
    type(good)();
  }
  for (const bad of [
    '',
    ';',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/jsonp',
    'text/plain; application/json',
  ]) {
    assert.throws(type(bad), { code: 'unsupported_media_type' }, bad);
  }
  assert.throws(() => requireJson(new HeaderFields()), { code: 'unsupported_media_type' });
  assert.throws(
    () => requireJson(new HeaderFields(['content-type', JSON_TYPE, 'content-type', 'text/plain'])),
    { code: 'bad_request' },
  );
  assert.throws(
    () => requireJson(HeaderFields.of({ 'content-type': JSON_TYPE, 'content-encoding': 'gzip' })),
    { code: 'unsupported_media_type' },
  );
  assert.throws(() => decodeGet('query={a}', HeaderFields.of({ 'content-type': 'text/plain' })), {
    code: 'unsupported_media_type',
  });
});

test('the media type that the client prefers', () => {
  const cases: [string | undefined, string | undefined][] = [
    [undefined, JSON_TYPE],
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    [JSON_TYPE, JSON_TYPE],
    [GRAPHQL, GRAPHQL],
    [`${JSON_TYPE}, ${GRAPHQL}`, GRAPHQL],
    [`${GRAPHQL};q=0.5, ${JSON_TYPE}`, JSON_TYPE],
    [`${GRAPHQL}; charset=utf-8, ${JSON_TYPE}; q=0.9`, GRAPHQL],
    [`${JSON_TYPE}, */*`, JSON_TYPE],
    [`text/html, */*;q=0.8`, JSON_TYPE],
    [`${JSON_TYPE};q=0, */*`, GRAPHQL],
    ['text/html', undefined],
    [`${JSON_TYPE};q=0`, undefined],
    [`${JSON_TYPE};q=x`, undefined],
  ];
  for (const [accept, expected] of cases) assert.equal(negotiate(accept), expected, accept);
});

test('statuses', () => {
  assert.equal(statusOf(JSON_TYPE, { kind: 'executed', status: 200 }), 200);
  assert.equal(statusOf(JSON_TYPE, { kind: 'document', status: 400 }), 200);
  assert.equal(statusOf(GRAPHQL, { kind: 'document', status: 400 }), 400);
  assert.equal(statusOf(JSON_TYPE, { kind: 'refused', status: 405 }), 405);
});

test('whatever bytes come, they are parameters or a refusal', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          assert.equal(typeof decodePost(bytes).query, 'string');
        } catch (error) {
          assert.ok(error instanceof FrontdeskError && error.code === 'bad_request');
        }
      },
    ),
  );
});

test('a GET of a page of another site must show that it asked first', () => {
  const get = (fields: Record<string, string>) => () => decodeGet('query={a}', HeaderFields.of(fields));
  for (const site of ['same-origin', 'none']) get({ 'sec-fetch-site': site })();
  get({})();
  for (const site of ['cross-site', 'same-site', 'else']) {
    assert.throws(get({ 'sec-fetch-site': site }), { code: 'bad_request' });
    for (const name of ['frontdesk-debug', 'apollo-require-preflight', 'x-apollo-operation-name']) {
      get({ 'sec-fetch-site': site, [name]: '1' })();
    }
    get({ 'sec-fetch-site': site, 'content-type': JSON_TYPE })();
  }
});

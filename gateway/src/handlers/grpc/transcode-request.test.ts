import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compileBindings, type HttpBinding } from '../../protobuf/http-rule.ts';
import { schemaOf } from '../../protobuf/testing/schemas.ts';
import { bindBody, bindPathAndQuery } from './transcode-request.ts';

async function binding(rule: string): Promise<HttpBinding> {
  const schema =
    await schemaOf(`syntax = "proto3"; message A { string id = 1; B b = 2; } message B { string some_name = 1; int32 n = 2; }
    service S { rpc M(A) returns (A) { option (google.api.http) = { ${rule} }; } }`);
  const [first] = compileBindings(schema.services);
  assert.ok(first);
  return first;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it('what the path says goes into the body, wherever the body lacks it', async () => {
  const one = await binding('post: "/v1/{b.some_name}" body: "*"');
  const bind = (body: object): unknown => plain(bindBody(one, bindPathAndQuery(one, ['x'], ''), body));
  assert.deepEqual(bind({}), { b: { some_name: 'x' } });
  assert.deepEqual(bind({ b: { n: 1 } }), { b: { n: 1, some_name: 'x' } });
  assert.deepEqual(bind({ b: null, id: '1' }), { b: { some_name: 'x' }, id: '1' });
  assert.deepEqual(bind({ b: { someName: 'x' } }), { b: { someName: 'x' } });
  assert.throws(() => bind({ b: { someName: 'y' } }), {
    path: 'b.someName',
    message: 'contradicts the path',
  });
  assert.throws(() => bind({ b: 1 }), { path: 'b', message: 'expected an object' });
});

it('a query beside a body that is one field', async () => {
  const one = await binding('post: "/v1" body: "b"');
  const bound = bindPathAndQuery(one, [], 'id=a+b%2B&&');
  assert.deepEqual(plain(bindBody(one, bound, { n: 1 })), { id: 'a b+', b: { n: 1 } });
  assert.throws(() => bindPathAndQuery(one, [], 'id=%E0%A4'), /badly encoded/);
  assert.throws(() => bindPathAndQuery(one, [], '__proto__=1'), /no parameter/);
});

it('what the path says within a body that is one field goes into it, and may not be contradicted', async () => {
  const one = await binding('patch: "/v1/{b.some_name}" body: "b"');
  const bind = (body: unknown): unknown => plain(bindBody(one, bindPathAndQuery(one, ['x'], 'id=1'), body));
  assert.deepEqual(bind({ n: 1 }), { id: '1', b: { n: 1, some_name: 'x' } });
  assert.deepEqual(bind({ someName: 'x' }), { id: '1', b: { someName: 'x' } });
  assert.throws(() => bind({ some_name: 'y' }), { path: 'b.someName', message: 'contradicts the path' });
  assert.throws(() => bind([]), { path: 'b', message: 'expected an object' });
  // Later messages of a stream have nothing bound.
  assert.deepEqual(plain(bindBody(one, {}, { n: 2 })), { b: { n: 2 } });
});

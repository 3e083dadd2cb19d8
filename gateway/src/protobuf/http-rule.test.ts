import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileBindings, type HttpBinding, resolveFieldPath } from './http-rule.ts';
import { schemaOf } from './testing/schemas.ts';

async function bindings(...rules: string[]): Promise<HttpBinding[]> {
  const methods = rules.map(
    (rule, i) => `rpc M${i}(A) returns (A) { option (google.api.http) = { ${rule} }; }`,
  );
  const schema = await schemaOf(`syntax = "proto3"; package t; import "google/api/annotations.proto";
    message A { string id = 1; B b = 2; repeated string many = 3; } message B { string some_name = 1; }
    service S { ${methods.join('\n')} rpc Unbound(A) returns (A); }`);
  return compileBindings(schema.services);
}

describe('google.api.http', () => {
  it('binds verb, path, body and reply', async () => {
    const [one] = await bindings('post: "/v1/{b.some_name}" body: "b" response_body: "many"');
    assert.equal(one?.verb, 'POST');
    assert.deepEqual(
      one?.variables[0]?.map(({ name }) => name),
      ['b', 'some_name'],
    );
    assert.ok(one?.body !== '*' && one?.body?.name === 'b');
    assert.equal(one?.responseBody?.name, 'many');
  });

  it('takes additional bindings and verbs of one own, what says most first', async () => {
    const all = await bindings(
      'get: "/v1/{id}" additional_bindings { get: "/v1/one" } additional_bindings { custom { kind: "PURGE" path: "/v1/{id}" } }',
    );
    assert.deepEqual(
      all.map(({ verb, template }) => `${verb} ${template.source}`),
      ['GET /v1/one', 'GET /v1/{id}', 'PURGE /v1/{id}'],
    );
  });

  it('refuses a rule that no request could meet', async () => {
    await assert.rejects(
      bindings('get: "/v1/{nobody}"'),
      /\/t\.S\/M0: "nobody" of .* is no single value of t\.A/,
    );
    await assert.rejects(bindings('get: "/v1/{many}"'), /"many"/);
    await assert.rejects(bindings('get: "/v1/{b}"'), /"b"/);
    await assert.rejects(bindings('get: "/v1/{id"'), /the template/);
    await assert.rejects(bindings('post: "/v1" body: "nobody"'), /"nobody" is no field of t\.A/);
    await assert.rejects(bindings('body: "*"'), /has no pattern/);
    await assert.rejects(
      bindings('get: "/v1/{id}"', 'get: "/v1/{b.some_name}"'),
      /test\.proto:4: .*M1: it answers GET \/v1\/\*, and so does \/t\.S\/M0 /,
    );
  });

  it('finds fields by either name, but not within lists', async () => {
    const [one] = await bindings('get: "/v1"');
    assert.ok(one);
    assert.equal(resolveFieldPath(one.method.request, ['b', 'someName'])?.at(-1)?.name, 'some_name');
    assert.equal(resolveFieldPath(one.method.request, ['many', 'x']), undefined);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { isPartialGraphql } from './graphql-reply.ts';

test('a GraphQL answer with errors, or that cannot be read, is partial; other JSON is not looked into', () => {
  const of = (path: string, type: string, body: string): boolean =>
    isPartialGraphql(path, HeaderFields.of({ 'content-type': type }), Buffer.from(body));
  assert.ok(of('/g', 'application/graphql-response+json; charset=utf-8', '{"data":1,"errors":[]}'));
  assert.ok(of('/g?query=a', 'application/json', '{"errors":[]}'));
  assert.ok(of('/g?a=1&extensions=b', 'application/json', 'gzip'));
  assert.ok(!of('/g?query=a', 'application/json', '{"data":1}'));
  assert.ok(!of('/orders', 'application/json', '{"errors":[]}'));
  assert.ok(!of('/g?query=a', 'text/html', 'x'));
});

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { packageFolder } from '../codegen/package-folder.fixture.ts';
import { openapi } from './openapi.ts';
import { recordedTerminal } from './testing.fixture.ts';

const SUPERGRAPH = resolve(import.meta.dirname, '../../../schema/supergraph.graphql');
const JWT =
  'auth: { jwt: { issuer: "http://127.0.0.1:1", audience: a, jwksUri: "http://127.0.0.1:1/jwks" } }';

test('the named operations of a configuration as one document, with how callers prove who they are', async (t) => {
  const folder = packageFolder(t, {
    'ops/a.graphql':
      'query Product($upc: ID!) @rest(path: "/products/{upc}", scopes: ["a:b"]) { product(upc: $upc) { name } }',
    'frontdesk.yaml': `${JWT}\ngraph: { supergraph: ${SUPERGRAPH}, operations: { folder: ./ops, mount: /api } }\n`,
    'none.yaml': `${JWT}\ngraph: { supergraph: ${SUPERGRAPH} }\n`,
  });
  const terminal = recordedTerminal();
  assert.equal(await openapi({ config: `${folder}/frontdesk.yaml` }, terminal), 0, terminal.stderr());
  const document = JSON.parse(terminal.stdout());
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  assert.deepEqual(document.servers, [{ url: '/api' }]);
  assert.deepEqual(document.paths['/products/{upc}'].get.security, [{ jwt: ['a:b'] }]);
  const none = recordedTerminal();
  assert.equal(await openapi({ config: `${folder}/none.yaml` }, none), 1);
  assert.equal(none.stderr(), 'the configuration has no graph.operations\n');
});

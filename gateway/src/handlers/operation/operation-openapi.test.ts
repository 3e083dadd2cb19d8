import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { buildSchema } from 'graphql';
import { parseRestOperations } from '../../graph/operations/rest-operation.ts';
import { operationsOpenapi } from './operation-openapi.ts';

const schema = buildSchema(`
  type Query { user(id: ID!, upper: Boolean): User }
  type Mutation { rename(id: ID!, to: Name!): User }
  type User { id: ID! name: String role: Role }
  enum Role { ADMIN MEMBER }
  input Name { first: String! last: String }
`);
const { operations } = parseRestOperations(`
  query Who($id: ID!, $upper: Boolean) @rest(path: "/users/{id}", data: "user", summary: "One user") {
    user(id: $id, upper: $upper) { called: name ...More }
  }
  mutation Rename($id: ID!, $to: Name!) @rest(method: PATCH, path: "/users/{id}", body: "to") { rename(id: $id, to: $to) { id } }
  fragment More on User { role }
`);

test('the document is one of OpenAPI 3.1, with what each operation takes and gives', async () => {
  const made = operationsOpenapi(operations, schema, { mount: '/api', security: undefined });
  const document = JSON.parse(JSON.stringify(made));
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  const { get, patch } = document.paths['/users/{id}'];
  assert.equal(get.summary, 'One user');
  const upper = { name: 'upper', in: 'query', required: false, schema: { type: 'boolean' } };
  assert.deepEqual(get.parameters[1], upper);
  const answer = get.responses['200'].content['application/json'].schema;
  assert.deepEqual(Object.keys(answer.properties), ['called', 'role']);
  assert.deepEqual(patch.requestBody.content['application/json'].schema.required, ['first']);
});

test('an operation that the schema does not have is left out, and so is one whose fragments hold each other', () => {
  const { operations: strange } = parseRestOperations(`
    query Gone($id: ID!) @rest(path: "/gone/{id}") { gone(id: $id) }
    query Round @rest(path: "/round") { user(id: 1) { ...One } }
    fragment One on User { id ...Two }
    fragment Two on User { name ...One }
  `);
  const document = operationsOpenapi([...operations, ...strange], schema, {
    mount: '/api',
    security: undefined,
  });
  assert.deepEqual(Object.keys(Object(document.paths)), ['/users/{id}']);
});

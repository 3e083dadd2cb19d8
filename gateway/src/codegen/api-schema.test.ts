import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { readApiSchema } from './api-schema.ts';
import { packageFolder } from './package-folder.fixture.ts';

it('is what clients see of a supergraph', async () => {
  const file = resolve(import.meta.dirname, '../../../schema/supergraph.graphql');
  const schema = await readApiSchema(file, 'supergraph.graphql');
  assert.ok(schema.getQueryType()?.getFields().me);
  assert.equal(schema.getType('join__Graph'), undefined);
});

it('is an API schema as it stands, or a fault with its place', async (t) => {
  const folder = packageFolder(t, {
    'a.graphql': 'type Query { a: Int }',
    'b.graphql': 'type Query {\n  a Int\n}',
  });
  const schema = await readApiSchema(join(folder, 'a.graphql'), 'a.graphql');
  assert.ok(schema.getQueryType()?.getFields().a);
  await assert.rejects(readApiSchema(join(folder, 'b.graphql'), 'b.graphql'), {
    message: /^b\.graphql:2:5: Syntax/,
  });
  await assert.rejects(readApiSchema(join(folder, 'c.graphql'), 'c.graphql'), {
    message: 'c.graphql: cannot be read',
  });
});

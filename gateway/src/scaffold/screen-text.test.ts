import assert from 'node:assert/strict';
import { it } from 'node:test';
import { buildSchema } from 'graphql';
import { firstParts } from './parts.ts';
import { exampleTarget, schemaText, screenTest, screenText } from './screen-text.ts';
import { backendOf, ID, readOf, USER } from './testing.fixture.ts';

const CITY = { name: 'city', in: 'query', required: true, schema: { type: 'string' }, example: 'São Paulo' };

it('asks for what its reads need, in the code, the schema, the test and the example', async (t) => {
  const backend = await backendOf(t, {
    '/users/{id}': readOf(USER, [ID]),
    '/news': readOf({ type: 'array', items: USER }, [CITY]),
  });
  const parts = firstParts(new Map([['shop', backend]]));
  assert.equal(exampleTarget(parts), '/home?id=42&city=S%C3%A3o%20Paulo');
  const code = screenText(parts);
  assert.match(code, /backends\.takes\(z\.object\(\{ id: z\.string\(\), city: z\.string\(\) \}\)\)/);
  assert.match(code, /rest\.shop\.get\('\/users\/\{id\}', \{ path: \{ id: input\.id \} \}\)/);
  assert.match(code, /rest\.shop\.get\('\/news', \{ query: \{ city: input\.city \} \}\)/);
  const home = buildSchema(schemaText(parts)).getQueryType()?.getFields().home;
  assert.deepEqual(
    home?.args.map(({ name, type }) => `${name}: ${type}`),
    ['id: String!', 'city: String!'],
  );
  const test = screenTest(parts);
  assert.match(test, /const input = \{ id: '42', city: 'São Paulo' \};/);
  assert.match(test, /it\('does without news'/);
});

it('takes no input where nothing is needed, and has no failure to show of one part alone', async (t) => {
  const parts = firstParts(new Map([['shop', await backendOf(t, { '/me': readOf(USER) })]]));
  assert.equal(exampleTarget(parts), '/home');
  assert.match(
    screenText(parts),
    /me: part\(\(\{ rest \}\) => rest\.shop\.get\('\/me'\), \{\n {6}required: true/,
  );
  assert.doesNotMatch(screenText(parts), /takes/);
  const home = buildSchema(schemaText(parts)).getQueryType()?.getFields().home;
  assert.deepEqual(home?.args, []);
  assert.doesNotMatch(screenTest(parts), /does without|input/);
});

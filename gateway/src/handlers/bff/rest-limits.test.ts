import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, isObjectType } from 'graphql';
import { parseFields } from '../../wire/json/field-selection.ts';
import { RestLimits } from './rest-limits.ts';

const schema = buildSchema(`
  directive @rateLimit(limit: Int! = 60, duration: Int! = 60) on OBJECT | FIELD_DEFINITION
  type Query { home: Home }
  type Home { a: Int @rateLimit(limit: 2) friend: Home costly: Costly }
  type Costly @rateLimit(limit: 5, duration: 5) { b: Int c: Int @rateLimit(limit: 1, duration: 1) }
`);
const open = () => ({ allowed: true, remaining: 1, retryAfterMs: 0 });
const home = schema.getType('Home');

test('limits are found on fields and on types, a field of its own first, also where types hold each other', async () => {
  assert.ok(home && 'getInterfaces' in home && 'isTypeOf' in home);
  const drawn: unknown[] = [];
  const limits = RestLimits.of('x', schema, (limit, [, , field]) => {
    drawn.push([field, limit.capacity, Math.round(limit.refillPerMs * 1e6)]);
    return { allowed: field !== 'Costly.c', remaining: 0, retryAfterMs: Number.POSITIVE_INFINITY };
  });
  assert.ok(limits);
  const fields = limits.fieldsOf(home, undefined);
  const refused = await limits.refused(fields, ['me']);
  assert.deepEqual(drawn, [
    ['Home.a', 2, 33],
    ['Costly.b', 5, 1000],
    ['Costly.c', 1, 1000],
  ]);
  assert.deepEqual([...refused.keys()], ['Costly.c']);
  assert.equal(refused.get('Costly.c')?.retryAfterS, 60);
  const selection = parseFields('friend.friend.costly.b', { param: 'fields', max: 9, forward: false });
  assert.deepEqual([...limits.fieldsOf(home, selection)], ['Costly.b']);
});

test('a schema without limits has none', () => {
  assert.equal(RestLimits.of('x', buildSchema('type Query { a: Int }'), open), undefined);
  assert.equal(RestLimits.of('x', schema, undefined), undefined);
});

test('stars along types that hold each other are as much work as there are types', () => {
  const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
  const types = names.map(
    (name) => `type ${name} { ${names.map((one) => `${one.toLowerCase()}: ${one}`).join(' ')} }`,
  );
  const wide = buildSchema(`
    directive @rateLimit(limit: Int! = 60, duration: Int! = 60) on FIELD_DEFINITION
    type Query { a: A limited: Int @rateLimit }
    ${types.join('\n')}
  `);
  let walked = 0;
  for (const name of names) {
    const type = wide.getType(name);
    assert.ok(isObjectType(type));
    const { getFields } = type;
    const value = () => {
      walked += 1;
      return getFields.call(type);
    };
    Object.defineProperty(type, 'getFields', { value });
  }
  const limits = RestLimits.of('x', wide, open);
  const type = wide.getType('A');
  assert.ok(limits && isObjectType(type));
  walked = 0;
  limits.fieldsOf(type, parseFields('*.*.*.*.*', { param: 'fields', max: 9, forward: false }));
  assert.ok(walked <= 8 * 6, `${walked} times`);
});

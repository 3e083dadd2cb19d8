import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema, isObjectType } from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import { selectedFields } from './selected-fields.ts';

const schema = buildSchema(`
  type Query { home: Home }
  type Home { user: User orders: [Order!]! pet: Pet }
  type User { name: String }
  type Order { total: Money }
  type Money { amount: Int }
  union Pet = Cat | Dog
  type Cat { lives: Int }
  type Dog { name: String }
`);
const home = schema.getType('Home');

function select(query: string) {
  assert.ok(home && 'getFields' in home && 'isTypeOf' in home);
  return selectedFields(query, home, schema);
}

function faults(query: string): string[] {
  try {
    select(query);
    return [];
  } catch (error) {
    assert.ok(error instanceof FrontdeskError);
    assert.equal(error.code, 'invalid_request');
    const { errors } = error.members;
    assert.ok(Array.isArray(errors));
    return errors.map(({ detail }) => String(detail));
  }
}

describe('selectedFields', () => {
  it('is everything where nothing is said', () => {
    for (const query of ['', 'a=1', 'fields=']) assert.equal(select(query), undefined);
  });

  it('takes names of the schema, at any depth, through lists and unions', () => {
    const selection = select('a=1&fields=user.name,orders.total(amount),pet.lives,pet.name');
    assert.deepEqual([...(selection?.names ?? [])], ['user', 'orders', 'pet']);
    assert.ok(select('fields=orders.*'));
  });

  it('names each field that is not there', () => {
    assert.deepEqual(faults('fields=usr,orders.totla,user.name.first,orders.0,pet.tail'), [
      'There is no field usr',
      'There is no field orders.totla',
      'There is no field orders.0',
      'There is no field user.name.first',
      'There is no field pet.tail',
    ]);
    assert.deepEqual(faults('fields=user.name.*'), ['There is no field user.name.*']);
  });
});

describe('fields of types that hold each other', () => {
  const names = Array.from({ length: 12 }, (_, i) => `T${i}`);
  const wide = buildSchema(`
    type Query { node: Node }
    union Node = ${names.join(' | ')}
    ${names.map((name) => `type ${name} { own${name}: Int nodes: [Node!] }`).join('\n')}
  `);

  it('are looked for once at each depth, however many ways lead there', () => {
    let walked = 0;
    for (const name of names) {
      const type = wide.getType(name);
      assert.ok(isObjectType(type));
      const { getFields } = type;
      Object.defineProperty(type, 'getFields', {
        value: () => {
          walked += 1;
          return getFields.call(type);
        },
      });
    }
    const root = wide.getQueryType() ?? assert.fail();
    walked = 0;
    assert.ok(selectedFields('fields=node.nodes.nodes.nodes.ownT3', root, wide));
    assert.ok(walked <= 12 * 5, `${walked} times`);
  });

  it('are named below a star too', () => {
    const root = wide.getQueryType() ?? assert.fail();
    assert.ok(selectedFields('fields=*.*.ownT3', root, wide));
    assert.throws(() => selectedFields('fields=*.nodse', root, wide), {
      members: { errors: [{ detail: 'There is no field *.nodse', parameter: 'fields' }] },
    });
  });
});

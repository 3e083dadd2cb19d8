import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema, graphqlSync } from 'graphql';
import { FrontdeskError } from '../../core/errors.ts';
import { parseFields } from '../../wire/json/field-selection.ts';
import { type AnswerGap, AnswerShapes, type Completion } from './answer-shape.ts';

const schema = buildSchema(`
  type Query { home: Home }
  type Home { name: String! best: Item items: [Item!] sparse: [Item] tags: [String!]! size: Size friend: Home pet: Pet }
  type Item { id: ID! price: Int! }
  enum Size { SMALL LARGE }
  union Pet = Cat | Dog
  type Cat { lives: Int! }
  type Dog { name: String }
`);
const full = `{ home { name best { id price } items { id price } sparse { id price } tags size } }`;

function complete(value: unknown, fields = '', refused?: Completion['refused']) {
  const selection = parseFields(fields, { param: 'fields', max: 50, forward: false });
  const gaps: AnswerGap[] = [];
  const home = schema.getQueryType()?.getFields().home?.type ?? assert.fail();
  const made = new AnswerShapes(schema).of(home, 'Query.home')(value, selection, { refused, gaps });
  return { made, gaps: gaps.map(({ message }) => message) };
}

const good = {
  name: 'Ada',
  best: { id: 1, price: 2, internal_score: 9 },
  items: [{ id: 'a', price: 1 }],
  sparse: [null],
  tags: ['x'],
  size: 'SMALL',
  secret: 'x',
};

describe('the shape of an answer', () => {
  it("is the schema's: other members stay behind, and leaves are as their types write them", () => {
    const { made, gaps } = complete(good);
    assert.deepEqual(made, {
      name: 'Ada',
      best: { id: '1', price: 2 },
      items: [{ id: 'a', price: 1 }],
      sparse: [null],
      tags: ['x'],
      size: 'SMALL',
      friend: null,
      pet: null,
    });
    assert.deepEqual(gaps, []);
  });

  it('is what GraphQL makes of the same value, also where it lacks what is promised', () => {
    const values = [
      good,
      { ...good, best: { id: 'a', price: null } },
      { ...good, best: { id: 'a', price: 'two' } },
      { ...good, items: [{ id: 'a', price: 1 }, { id: 'b' }] },
      { ...good, sparse: [{ id: 'a' }, { id: 'b', price: 1 }, null] },
      { ...good, tags: [null] },
      { ...good, items: 7 },
      { ...good, size: 'HUGE' },
      { ...good, name: undefined },
    ];
    for (const home of values) {
      const { data, errors } = graphqlSync({ schema, source: full, rootValue: { home } });
      const { made, gaps } = complete(home, 'name,best,items,sparse,tags,size');
      assert.deepEqual(made, JSON.parse(JSON.stringify(data)).home);
      assert.equal(gaps.length, errors?.length ?? 0);
    }
  });

  it('names the field that was at fault', () => {
    assert.deepEqual(complete({ ...good, items: [{ id: 'b' }] }).gaps, ['Item.price is null']);
    assert.deepEqual(complete({ ...good, size: 'HUGE' }).gaps, ['Home.size is no Size']);
  });

  it('keeps what is asked for', () => {
    const { made } = complete({ ...good, friend: good }, 'name,items.id,friend(best.price)');
    assert.deepEqual(made, { name: 'Ada', items: [{ id: 'a' }], friend: { best: { price: 2 } } });
  });

  it('tells members of unions by their __typename', () => {
    assert.deepEqual(complete({ ...good, pet: { __typename: 'Cat', lives: 9, x: 1 } }, 'pet').made, {
      pet: { __typename: 'Cat', lives: 9 },
    });
    assert.deepEqual(complete({ ...good, pet: { lives: 9 } }, 'pet').gaps, [
      'Home.pet lacks a __typename of Pet',
    ]);
  });

  it('has null for a field that is refused, or for what holds it', () => {
    const refusal = new FrontdeskError('rate_limited');
    assert.deepEqual(complete(good, 'name,size', new Map([['Home.size', refusal]])).made, {
      name: 'Ada',
      size: null,
    });
    assert.deepEqual(complete(good, 'name,best', new Map([['Item.price', refusal]])).made, {
      name: 'Ada',
      best: null,
    });
  });
});

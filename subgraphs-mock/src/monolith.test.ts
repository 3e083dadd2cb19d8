import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObjectType, validateSchema } from 'graphql';
import { createMonolith, executeMonolith, monolithSchema } from './monolith.ts';

test('the schema is valid, whole, and without what only federation knows', () => {
  assert.deepEqual(validateSchema(monolithSchema), []);
  const user = monolithSchema.getType('User');
  assert.ok(isObjectType(user));
  const fields = Object.keys(user.getFields());
  for (const field of ['name', 'orders', 'trips', 'reviews', 'rideDiscountPercent'])
    assert.ok(fields.includes(field), field);
  assert.ok(!fields.includes('internalScore'), 'inaccessible');
  assert.ok(!monolithSchema.getQueryType()?.getFields()._entities);
  const driver = monolithSchema.getType('Driver');
  assert.ok(isObjectType(driver));
  assert.deepEqual(
    driver
      .getInterfaces()
      .map(({ name }) => name)
      .sort(),
    ['Account', 'Reviewable'],
  );
});

test('one query crosses everything', async () => {
  const query = `query ($first: Int) {
    me {
      name rideDiscountPercent spent { amount }
      orders(first: $first) {
        items { product { name deliveryFee { amount } averageRating reviews(first: 1) { author { username tier } } } }
        delivery { driver { name averageRating earned { amount } } }
      }
      reviews(first: 3) { subject { __typename ... on Product { name } ... on Trip { driver { name } } } }
    }
  }`;
  const { data, errors } = await executeMonolith(query, { first: 3 }, '42');
  assert.equal(errors, undefined);
  const text = JSON.stringify(data);
  assert.match(text, /"deliveryFee":\{"amount":\d+\}/);
  assert.match(text, /"username":"/);
});

test('mutations change their own monolith alone', async () => {
  const monolith = createMonolith();
  await monolith.execute('mutation { updateProfile(input: { name: "Zed" }) { id } }', {}, '42');
  const query = '{ user(id: "42") { name } }';
  assert.match(JSON.stringify(await monolith.execute(query)), /Zed/);
  assert.doesNotMatch(JSON.stringify(await executeMonolith(query)), /Zed/);
});

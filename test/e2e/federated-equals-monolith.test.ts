/** What the gateway gathers from five subgraphs equals what graphql-js answers over the same data in one schema. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { executeMonolith } from '@frontdesk/subgraphs-mock';
import { type Stack, startStack } from '../stack/stack.ts';
import { at, query } from './client.ts';

let stack: Stack;
let token: string;
describe('federated equals monolith', () => {
  before(async () => {
    stack = await startStack({ name: 'federated-equals-monolith' });
    token = await stack.token({ sub: '42', client: 'web-app' });
  });
  after(() => stack?.close());

  interface Case {
    readonly text: string;
    readonly variables?: Readonly<Record<string, unknown>>;
  }

  const CASES: Readonly<Record<string, Case>> = {
    'five subgraphs at once': {
      text: `query Everything($orders: Int!) {
      me {
        id name tier rideDiscountPercent
        orders(first: $orders) {
          number status total { amount currency }
          items { quantity product { upc name averageRating deliveryFee { amount } reviews(first: 2) { rating author { username name } } } }
          delivery { status driver { name vehicle { class } averageRating } }
        }
        trips(first: 3) { status fare { amount } path driver { id name tripCount } review { title } }
        reviews(first: 3) { title subject { __typename ... on Product { name store { name } } ... on Trip { distanceMeters } } }
      }
    }`,
      variables: { orders: 5 },
    },
    'interfaces, unions and lists of lists': {
      text: `{
      account(id: "d1") { __typename id name ... on Driver { status zone: vehicle { plate } } }
      search(text: "a", first: 6) { __typename ... on Product { upc price { amount } unitsOrdered } ... on Store { id name } }
      shelves(first: 2) { upc name reviewCount }
      topRated(first: 5) { averageRating ... on Product { name } ... on Driver { name city } }
      driverZones { id name status }
    }`,
    },
    'pages with what they are filtered by': {
      text: `{
      me { preferences { language } orderHistory(filter: { statuses: [DELIVERED] }, first: 2) { total nextCursor nodes { number items { product { name } } delivery { progress { percent etaSeconds } timeline { status } driver { vehicle { model } } } } } }
      searchProducts(filter: { categories: [BAKERY, DRINKS], minPrice: 300 }, sort: PRICE_DESC, first: 3) { total nodes { name averageRating unitsOrdered deliveryFee { amount } } facets { categories { category count } inStock } }
    }`,
    },
    'nothing found, and aliases': {
      text: `{ nobody: user(id: "nobody") { name orders { id } } somebody: user(id: "7") { name spent { amount } } order(id: "none") { id } }`,
    },
    'the same entity many times': {
      text: `{ topProducts(first: 5) { ...P similar(first: 2) { ...P similar(first: 2) { ...P } } } }
      fragment P on Product { upc name inStock averageRating deliveryFee { amount } store { name orders(first: 1) { number } } }`,
    },
  };

  describe('the answer is the same for', () => {
    for (const [name, { text, variables }] of Object.entries(CASES)) {
      test(name, async () => {
        // Through JSON, as a client gets it: graphql-js makes objects without a prototype.
        const expected: unknown = JSON.parse(JSON.stringify(await executeMonolith(text, variables, '42')));
        assert.equal(at(expected, 'errors'), undefined, JSON.stringify(at(expected, 'errors')));
        const { status, json } = await query(`${stack.url}/graphql`, text, { token, variables });
        assert.equal(status, 200, JSON.stringify(json));
        assert.deepEqual(json, expected);
      });
    }
  });
});

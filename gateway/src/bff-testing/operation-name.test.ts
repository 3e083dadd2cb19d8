import assert from 'node:assert/strict';
import { it } from 'node:test';
import { operationName } from './operation-name.ts';

it('names an operation as it is named, and one without a name at all', () => {
  assert.equal(operationName('query RecentOrders($user: ID!) { orders }'), 'RecentOrders');
  assert.equal(operationName('fragment F on Q { a } subscription  Trip { trip }'), 'Trip');
  assert.equal(operationName('{ orders }'), 'anonymous');
});

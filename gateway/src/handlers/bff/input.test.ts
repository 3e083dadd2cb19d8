import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { operation } from '../../bff/operation.ts';
import { readInput } from './input.ts';

const order = operation(
  'screen',
  { path: '/orders/{id}', field: 'order' },
  z.object({ id: z.string(), page: z.number().default(1), tags: z.array(z.string()).default([]) }),
);
const routed = (query: string, id = '7') => ({
  query,
  route: { template: '', kind: 'bff', params: { id }, chain: () => Promise.reject(new Error('unused')) },
});

describe('readInput', () => {
  it('is of path, query and body, in this order of trust', () => {
    assert.deepEqual(readInput(order, routed('page=2&tags=a&tags=b&fields=x', 'a%2Fb')), {
      id: 'a/b',
      page: 2,
      tags: ['a', 'b'],
    });
    assert.equal(readInput(order, routed('id=8&page=3'), { id: '9', page: 1 }).id, '7');
  });

  it('refuses what the input does not know, and text that is broken', () => {
    assert.throws(() => readInput(order, routed('x=1')), { code: 'invalid_request' });
    assert.throws(() => readInput(order, routed('page=1&page=2')), { code: 'invalid_request' });
    assert.throws(() => readInput(order, routed('', '%ff')), { code: 'bad_request' });
    assert.throws(() => readInput(order, routed('__proto__=1')), { code: 'invalid_request' });
  });
});

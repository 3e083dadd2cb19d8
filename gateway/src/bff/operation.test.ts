import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { operation } from './operation.ts';

const make = (path: string, input?: z.ZodObject) => operation('screen', { path, field: 'a' }, input);

describe('operation', () => {
  it('has a parameter of its path for each member that the input calls so', () => {
    assert.deepEqual(make('/orders/{id}', z.object({ id: z.string() })).template.names, ['id']);
    assert.throws(() => make('/orders/{id}'), /\{id\} of \/orders\/\{id\} is no member of its input/);
    assert.throws(() => make('/o/{id}', z.object({ id: z.array(z.string()) })), /must be text/);
  });

  it('leaves the names that the REST face reads to it', () => {
    assert.throws(() => make('/a', z.object({ fields: z.string() })), /called fields/);
  });

  it('refuses an input that JSON Schema cannot state', () => {
    assert.throws(() => make('/a', z.object({ when: z.date() })), /JSON Schema/);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { Input } from './input.ts';

const input = new Input(
  z.object({
    id: z.string().max(5),
    page: z.number().int().min(1).default(1),
    open: z.boolean().optional(),
    kind: z.enum(['a', 'b']).optional(),
    tags: z.array(z.string()).default([]),
    near: z.object({ x: z.number() }).optional(),
  }),
);

describe('Input', () => {
  it('reads text as the member is', () => {
    assert.deepEqual(
      [
        input.fromText('id', ['7']),
        input.fromText('page', ['7']),
        input.fromText('open', ['true']),
        input.fromText('tags', ['x']),
        input.fromText('near', ['{"x":1}']),
      ],
      ['7', 7, true, ['x'], { x: 1 }],
    );
  });

  it('reads text as what may also be null is', () => {
    const nullable = new Input(
      z.object({
        text: z.string().nullish(),
        day: z.union([z.iso.date(), z.iso.datetime()]).nullable().default(null),
        page: z.int().nullable(),
        kinds: z.array(z.enum(['a', 'b'])).nullish(),
        near: z.object({ x: z.number() }).nullish(),
      }),
    );
    assert.deepEqual(
      [
        nullable.fromText('text', ['7']),
        nullable.fromText('day', ['2026']),
        nullable.fromText('page', ['7']),
        nullable.fromText('kinds', ['a']),
        nullable.fromText('near', ['{"x":1}']),
      ],
      ['7', '2026', 7, ['a'], { x: 1 }],
    );
  });

  it('knows what must be said', () => {
    const required = [...input.members.values()].filter((member) => member.required);
    assert.deepEqual(
      required.map(({ name }) => name),
      ['id'],
    );
  });

  it('fills in defaults', () => {
    assert.deepEqual(input.parse({ id: 'a' }), { id: 'a', page: 1, tags: [] });
  });

  it('names each fault and its place', () => {
    assert.throws(
      () => input.parse({ page: input.fromText('page', ['two']), near: {}, more: 1 }),
      (error: { code: string; members: { errors: { pointer: string }[] } }) => {
        assert.equal(error.code, 'invalid_request');
        const places = error.members.errors.map(({ pointer }) => pointer).sort();
        assert.deepEqual(places, ['', '/id', '/near/x', '/page']);
        return true;
      },
    );
  });

  it('never makes a number of what is none, nor throws on any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = input.fromText('page', [text]);
        assert.ok(value === text || (typeof value === 'number' && Number.isFinite(value)));
        input.fromText('near', [text]);
      }),
    );
  });
});

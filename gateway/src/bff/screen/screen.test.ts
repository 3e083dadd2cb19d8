import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Part, partMaker } from './part.ts';
import { screen } from './screen.ts';

const part = partMaker<Record<never, never>>();
const one = part(() => 1);

describe('screen', () => {
  it('keeps what it was given, with a deadline and no scopes by default', () => {
    const made = screen({ path: '/a/b', field: 'ab', parts: { one } });
    assert.equal(made.deadlineMs, 3000);
    assert.deepEqual(made.scopes, []);
    assert.equal(screen({ path: '/a', field: 'a', deadline: '1.5s', parts: { one } }).deadlineMs, 1500);
  });

  it('refuses what can be no address, field, name or deadline', () => {
    for (const path of ['a', '/', '/a/', '/a//b', '/:id', '/a?b', '/a/*']) {
      assert.throws(() => screen({ path, field: 'a', parts: { one } }), /is no path/, path);
    }
    assert.throws(
      () => screen({ path: '/a', field: 'a-b', parts: { one } }),
      /is no name of a GraphQL field/,
    );
    assert.throws(() => screen({ path: '/a', field: 'a', parts: {} }), /has no parts/);
    assert.throws(() => screen({ path: '/a', field: 'a', parts: { 'a b': one } }), /is no name of a part/);
    assert.throws(() => screen({ path: '/a', field: 'a', deadline: '0ms', parts: { one } }), /deadline/);
  });

  it('refuses a used part that is not there, or is another of that name', () => {
    const user = part(async ({ use }) => use('one'), { uses: { one } });
    const open: Record<string, Part> = { user };
    assert.throws(
      () => screen({ path: '/a', field: 'a', parts: open }),
      /part user uses one, which is no part/,
    );
    open.one = part(() => 2);
    assert.throws(
      () => screen({ path: '/a', field: 'a', parts: open }),
      /part user uses one, which is no part/,
    );
    open.one = one;
    assert.doesNotThrow(() => screen({ path: '/a', field: 'a', parts: open }));
  });

  it('refuses parts that declare a circle, and names it', () => {
    const uses: Record<string, Part> = {};
    const a: Part = part(async ({ use }) => use('c'), { uses });
    const b: Part = part(async ({ use }) => use('a'), { uses: { a } });
    const c: Part = part(async ({ use }) => use('b'), { uses: { b } });
    uses.c = c;
    const parts: Record<string, Part> = { a, b, c };
    assert.throws(() => screen({ path: '/a', field: 'a', parts }), /wait for each other: a → c → b → a/);
  });
});

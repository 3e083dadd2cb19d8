import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from './failure.ts';
import { readReply } from './reply.ts';

const hidden = { subgraphMessages: false, max: 50 };
const read = (body: unknown, rules = hidden) =>
  readReply(200, 'application/json', JSON.stringify(body), 's', rules);

test('errors stand where their paths lead, at the null nearest to the root', () => {
  const reply = read({
    data: { a: null, list: [{ b: null }, null], ok: 1 },
    errors: [
      { message: 'x', path: ['a', 'deep', 0] },
      { message: 'y', path: ['list', 0, 'b'] },
      { message: 'z', path: ['list', 1, 'b'] },
    ],
  });
  const { data } = reply;
  const list = data?.list;
  assert.ok(data?.a instanceof Failure && Array.isArray(list));
  assert.deepEqual(data.a.entries[0]?.below, ['deep', 0]);
  assert.ok(list[0].b instanceof Failure && list[1] instanceof Failure);
  assert.deepEqual(list[1].entries[0]?.below, ['b']);
  assert.deepEqual([reply.failed, reply.entries.length, data.ok], [true, 0, 1]);
});

test('two errors at one place are both kept; a place that is missing is one', () => {
  const { data, entries } = read({
    data: { a: null, o: {} },
    errors: [{ path: ['a', 'x'] }, { path: ['a', 'y'] }, { path: ['o', 'gone'] }],
  });
  const { a, o } = data ?? {};
  assert.ok(a instanceof Failure);
  assert.deepEqual(
    a.entries.map(({ below }) => below),
    [['x'], ['y']],
  );
  assert.ok(typeof o === 'object' && o !== null && 'gone' in o && o.gone instanceof Failure);
  assert.equal(entries.length, 0);
});

test('errors that lead nowhere, or to a value, are kept apart and change nothing', () => {
  const reply = read({
    data: { a: 1, o: { b: 2 } },
    errors: [{ path: ['a'] }, { path: ['a', 'b'] }, { path: ['o', 'b', 0] }, {}, { path: ['o'] }, null, 3],
  });
  assert.deepEqual(reply.data, { a: 1, o: { b: 2 } });
  assert.equal(reply.entries.length, 7);
});

test('without data, every error is told from the parent’s place', () => {
  const reply = read({ data: null, errors: [{ message: 'm', path: ['a', 'b'] }] });
  assert.deepEqual(reply.entries, [
    {
      message: 'A backend failed',
      code: 'UPSTREAM_ERROR',
      subgraph: 's',
      below: ['a', 'b'],
      fromParent: true,
    },
  ]);
});

test('messages and codes only where they are allowed, and only sane ones', () => {
  const body = {
    data: null,
    errors: [
      { message: 'own', extensions: { code: 'NOT_FOUND', secret: 1 } },
      { message: 5, extensions: { code: 'a b' } },
    ],
  };
  assert.deepEqual(
    read(body).entries.map(({ message, code }) => [message, code]),
    [
      ['A backend failed', 'UPSTREAM_ERROR'],
      ['A backend failed', 'UPSTREAM_ERROR'],
    ],
  );
  assert.deepEqual(
    read(body, { subgraphMessages: true, max: 50 }).entries.map(({ message, code }) => [message, code]),
    [
      ['own', 'NOT_FOUND'],
      ['A backend failed', 'UPSTREAM_ERROR'],
    ],
  );
});

test('what is no response is refused; a status tells whose fault it is', () => {
  const bad = (status: number, type: string | undefined, text: string) => () =>
    readReply(status, type, text, 's', hidden);
  assert.throws(bad(200, 'text/html', '{"data":{}}'), { code: 'upstream_invalid' });
  assert.throws(bad(200, undefined, '{"data":'), { code: 'upstream_invalid' });
  assert.throws(bad(503, 'text/plain', 'busy'), { code: 'upstream_error' });
  assert.throws(bad(200, 'application/json', '{"data":[]}'), { code: 'upstream_invalid' });
  assert.equal(bad(400, 'application/graphql-response+json', '{"errors":[{"message":"m"}]}')().data, null);
});

test('whatever JSON comes, the outcome is data, errors, or a refusal', () => {
  const member = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(fc.record({ data: member, errors: member }, { requiredKeys: [] }), (body) => {
      try {
        const reply = read(body);
        assert.ok(reply.data !== null || reply.entries.length > 0);
      } catch (error) {
        assert.ok(
          error instanceof Error && 'code' in error && error.code === 'upstream_invalid',
          String(error),
        );
      }
    }),
  );
});

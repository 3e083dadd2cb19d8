import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { graphHeadersConfig } from './config.ts';
import { replyFieldsOf, responseRules } from './response-headers.ts';

function collected(
  response: object[],
  replies: [subgraph: string, ...fields: string[]][],
  kind = 'query',
  guarded = false,
): string[] {
  const rules = responseRules(graphHeadersConfig.parse({ response }));
  assert.ok(rules);
  const fields = replyFieldsOf(rules, kind, guarded);
  for (const [subgraph, ...flat] of replies) fields.add(subgraph, new HeaderFields(flat));
  return fields.fields();
}

test('nothing is collected where nothing is configured', () => {
  assert.equal(responseRules(graphHeadersConfig.parse({ forward: ['x'] })), undefined);
});

test('first, last, append: of several replies, and of several fields in one', () => {
  const replies: [string, ...string[]][] = [['a', 'x', '1', 'x', '2', 'y', '9'], ['b'], ['c', 'x', '3']];
  assert.deepEqual(collected([{ name: 'X' }], replies), ['x', '1', 'x', '2']);
  assert.deepEqual(collected([{ name: 'x', take: 'last' }], replies), ['x', '3']);
  assert.deepEqual(collected([{ name: 'x', take: 'append' }], replies), ['x', '1', 'x', '2', 'x', '3']);
  assert.deepEqual(collected([{ name: 'x', from: ['b', 'c'] }], replies), ['x', '3']);
  assert.deepEqual(collected([{ name: 'z' }], replies), []);
});

test('every cookie stays a field of its own', () => {
  const cookies = ['s=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT', 't=2, 3', 's=4'];
  assert.deepEqual(
    collected(
      [{ name: 'set-cookie' }],
      [
        ['a', 'set-cookie', cookies[0] ?? '', 'set-cookie', cookies[1] ?? ''],
        ['b', 'set-cookie', cookies[2] ?? ''],
      ],
    ),
    cookies.flatMap((cookie) => ['set-cookie', cookie]),
  );
  for (const take of ['first', 'last', 'strictest']) {
    assert.equal(graphHeadersConfig.safeParse({ response: [{ name: 'set-cookie', take }] }).success, false);
  }
});

test('cache-control is the strictest of all replies, and none for a mutation', () => {
  const response = [{ name: 'cache-control' }];
  const replies: [string, ...string[]][] = [
    ['a', 'cache-control', 'public, max-age=60', 'age', '10'],
    ['b', 'cache-control', 'public, max-age=90'],
  ];
  assert.deepEqual(collected(response, replies), ['cache-control', 'public, max-age=50']);
  assert.deepEqual(collected(response, [...replies, ['c']]), ['cache-control', 'no-store']);
  assert.deepEqual(collected(response, replies, 'mutation'), ['cache-control', 'no-store']);
  assert.deepEqual(collected(response, replies, 'query', true), ['cache-control', 'private, max-age=50']);
  assert.deepEqual(collected(response, []), ['cache-control', 'no-store']);
});

test('an answer’s fields are bounded', () => {
  const many = Array.from({ length: 100 }, (_, at) => ['x', String(at)]).flat();
  assert.equal(collected([{ name: 'x', take: 'append' }], [['a', ...many]]).length, 128);
  const long = 'v'.repeat(10_000);
  assert.deepEqual(
    collected(
      [{ name: 'x', take: 'append' }],
      [
        ['a', 'x', long],
        ['b', 'x', long],
      ],
    ),
    ['x', long],
  );
  assert.deepEqual(
    collected(
      [{ name: 'x', take: 'last' }],
      [
        ['a', 'x', long],
        ['b', 'x', long],
      ],
    ),
    ['x', long],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError, Source } from 'graphql';
import { FrontdeskError } from '../core/errors.ts';
import { errorList, errorText, Refusal, requestError } from './refusal.ts';

test("an error of ours shows its public reason, or its title, and nothing of the detail's", () => {
  const detail = 'users.internal:4000';
  const [told] = Refusal.of(new FrontdeskError('overloaded', { detail })).errors;
  assert.deepEqual(told, { message: 'The gateway is overloaded', extensions: { code: 'OVERLOADED' } });
  const reasoned = Refusal.of(new FrontdeskError('invalid_query', { members: { reason: 'Too deep.' } }));
  assert.deepEqual(
    [reasoned.status, reasoned.kind, reasoned.errors[0]?.message],
    [400, 'refused', 'Too deep.'],
  );
});

test("an error of graphql-js's keeps its places", () => {
  const error = new GraphQLError('Bad.', { source: new Source('{ a }'), positions: [2] });
  assert.deepEqual(requestError(error), {
    message: 'Bad.',
    locations: [{ line: 1, column: 3 }],
    extensions: { code: 'INVALID_QUERY' },
  });
});

test('as JSON text: the public word and the code, never the detail', () => {
  const plain = new FrontdeskError('rate_limited', { detail: 'bucket of acme' });
  const list = [{ message: 'The rate limit is exceeded', extensions: { code: 'RATE_LIMITED' } }];
  assert.deepEqual(JSON.parse(errorList(plain)), list);
  assert.deepEqual(JSON.parse(errorText(plain)), { errors: list });
  const told = new FrontdeskError('bad_request', { members: { reason: 'The query is missing.' } });
  assert.equal(JSON.parse(errorList(told))[0].message, 'The query is missing.');
  assert.doesNotMatch(errorText(new FrontdeskError('internal', { detail: 'secret' })), /secret/);
});

test('an error that names places is told at each of them', () => {
  const error = new FrontdeskError('forbidden', { members: { paths: [['a'], ['b', 0, 'c']] } });
  const paths = JSON.parse(errorList(error)).map((entry: { path: unknown }) => entry.path);
  assert.deepEqual(paths, [['a'], ['b', 0, 'c']]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError, Source } from 'graphql';
import { FrontdeskError } from '../core/errors.ts';
import { Refusal, requestError } from './refusal.ts';

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

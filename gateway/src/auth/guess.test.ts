import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGuess } from './guess.ts';
import type { Scheme } from './scheme.ts';
import { presented } from './testing/presented.ts';

/** Knows `good` in its first field that is there. */
function scheme(name: Scheme['name'], ...credentialHeaders: string[]): Scheme {
  return {
    name,
    credentialHeaders,
    identify: () => undefined,
    knows: ({ headers }) => {
      const own = credentialHeaders.find((field) => headers.has(field));
      return own !== undefined && headers.get(own) === `good-${name}`;
    },
    challenges: () => [],
  };
}

const schemes = [
  scheme('apiKey', 'x-api-key', 'authorization'),
  scheme('jwt', 'authorization', 'dpop'),
  { ...scheme('basic', 'authorization'), knows: () => false },
];
const asked = (headers: Record<string, string>) => isGuess(schemes, presented(headers));

test('who carries nothing guesses nothing; what is known is no guess, whoever else reads its field', () => {
  assert.equal(asked({}), false);
  assert.equal(asked({ accept: '*/*' }), false);
  assert.equal(asked({ 'x-api-key': 'good-apiKey' }), false);
  assert.equal(asked({ authorization: 'good-jwt' }), false);
  assert.equal(asked({ authorization: 'good-jwt', dpop: 'a proof' }), false);
  assert.equal(asked({ authorization: 'good-jwt', 'x-api-key': 'good-apiKey' }), false);
});

test('G105: a credential that is known covers no guess beside it', () => {
  assert.equal(asked({ authorization: 'Basic x' }), true);
  assert.equal(asked({ 'x-api-key': 'good-apiKey', authorization: 'Basic x' }), true);
  assert.equal(asked({ 'x-api-key': 'guess', authorization: 'good-jwt' }), true);
});

test('a proof beside a token that is known is no guess, whichever of two kinds of tokens that is', () => {
  const tokens = [
    scheme('jwt', 'authorization', 'dpop'),
    scheme('introspection', 'authorization', 'dpop'),
    scheme('apiKey', 'x-api-key'),
  ];
  const isGuessed = (headers: Record<string, string>) => isGuess(tokens, presented(headers));
  assert.equal(isGuessed({ authorization: 'good-jwt', dpop: 'a proof' }), false);
  assert.equal(isGuessed({ authorization: 'good-introspection', dpop: 'a proof' }), false);
  assert.equal(isGuessed({ authorization: 'bad', dpop: 'a proof' }), true);
  assert.equal(isGuessed({ authorization: 'good-jwt', dpop: 'a proof', 'x-api-key': 'bad' }), true);
});

test('a cookie that we did not make is a guess, one that we made is none', () => {
  const session: Scheme = {
    ...scheme('session'),
    carries: (headers) => headers.has('cookie'),
    knows: ({ headers }) => headers.get('cookie') === 'ours',
  };
  assert.equal(isGuess([session], presented({ cookie: 'made up' })), true);
  assert.equal(isGuess([session], presented({ cookie: 'ours' })), false);
  assert.equal(isGuess([session], presented({})), false);
});

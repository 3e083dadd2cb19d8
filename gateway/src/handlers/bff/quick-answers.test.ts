/** Whatever is asked, and however often: what is answered without Apollo Server is what Apollo Server answers. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { parse } from 'graphql';
import { bff, disposeAll, mounted, read } from './mount.fixture.ts';
import { QuickAnswers } from './quick-answers.ts';
import { bindSchema } from './schema.ts';

after(disposeAll);

const NAMES = 'query A { home { user { name } } } query B { home { tips } }';
const BODIES: Readonly<Record<string, unknown>> = {
  'a query': { query: '{ home { user { name } orders tips } }' },
  'with all that may be said': {
    query: 'query Q($v: Boolean!) { home { orders @include(if: $v) tips } }',
    operationName: 'Q',
    variables: { v: true },
    extensions: {},
  },
  'with nulls': { query: '{ home { tips } }', operationName: null, variables: null, extensions: null },
  'an operation by its name': { query: NAMES, operationName: 'B' },
  'no operation of several': { query: NAMES },
  'an unknown operation': { query: NAMES, operationName: 'C' },
  'an empty name': { query: '{ home { tips } }', operationName: '' },
  'a name that is none': { query: '{ home { tips } }', operationName: 1 },
  'variables that are none': { query: '{ home { tips } }', variables: [1] },
  'extensions that are none': { query: '{ home { tips } }', extensions: 'x' },
  'a variable that is wrong': { query: 'query Q($v: Boolean!) { home { tips @skip(if: $v) } }' },
  'a document that is invalid': { query: '{ home { nothing } }' },
  'no document': { query: '{ home' },
  'a part that is refused': { query: '{ home { late tips } }' },
  'no query at all': {},
  'a list': [{ query: '{ home { tips } }' }],
};
const ACCEPTS = [undefined, 'application/json', 'application/graphql-response+json', 'text/html', '*/*'];

describe('what is asked again', () => {
  for (const [name, body] of Object.entries(BODIES)) {
    it(`is answered as at first: ${name}`, async () => {
      for (const down of [[], ['tips']]) {
        for (const accept of ACCEPTS) {
          const { post } = await mounted(down);
          const headers = { 'content-type': 'application/json', ...(accept && { accept }) };
          const ask = async () => {
            const {
              status,
              headers: fields,
              text,
            } = await read(await post(JSON.stringify(body), headers, ['home:read']));
            return { status, fields: [...fields], text };
          };
          const first = await ask();
          for (let i = 0; i < 3; i += 1) assert.deepEqual(await ask(), first, String(accept));
        }
      }
    });
  }
});

it('answers by itself what it has learned, and nothing else', async () => {
  const quick = new QuickAnswers(await bindSchema(bff));
  const query = '{ home { tips } }';
  const asked: string[] = [];
  const runs = {
    runOf: () => {
      asked.push('home');
      throw new Error('as far as it need go');
    },
  };
  const answer = (accept?: string) => quick.answer({ query }, accept, runs);
  quick.learn(query, parse(query));
  assert.equal(await answer(), undefined);
  assert.deepEqual(asked, []);
  quick.learnType(undefined, [['content-type', 'application/json']]);
  await answer('text/html');
  assert.deepEqual(asked, []);
  assert.equal(await answer(), undefined);
  assert.deepEqual(asked, ['home']);
  quick.learnType('a/b', [
    ['content-type', 'a/b'],
    ['more', '1'],
  ]);
  quick.learnType('a'.repeat(300), [['content-type', 'a/b']]);
  await answer('a/b');
  await answer('a'.repeat(300));
  assert.deepEqual(asked, ['home']);
});

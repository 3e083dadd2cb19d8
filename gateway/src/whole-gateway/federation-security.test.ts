/**
 * Area I of the catalogue of attacks and faults: federation, seen by a client over real sockets, with subgraphs that lie.
 * What needs no sockets is in `graph/faults.test.ts` and `graph/authorization.test.ts`, under the same numbers.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, type Behave, codes, lab, type Odd, paths, startWith } from './federation-security.fixture.ts';

test('I129 federation’s own fields and what is inaccessible do not exist for clients, by any spelling', async () => {
  for (const query of [
    '{ _entities(representations: [{ __typename: "User", id: "1" }]) { ... on User { id } } }',
    'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
    '{ _service { sdl } }',
    '{ x: _service { sdl } }',
    '{ hidden { id } }',
    '{ me { secret } }',
    '{ me { ...F } } fragment F on User { s: secret }',
    '{ users { ... on Hidden { id } } }',
    '{ me { join__type } }',
    '{ me { id @join__field(graph: PEOPLE) } }',
  ]) {
    const answer = await ask(query, { r: [] });
    assert.equal(answer.status, 400, query);
    assert.equal(answer.data, undefined, query);
    assert.ok(!/secret: |Did you mean/.test(answer.text), answer.text);
  }
  assert.deepEqual(lab.told, []);
});

test('I130 a value shaped like a representation is a value and nothing more', async () => {
  const any = {
    __typename: 'User',
    id: '3',
    _entities: [{ __typename: 'Hidden' }],
    representations: [{ id: '2' }],
  };
  const { data } = await ask('query($any: JSON) { echo(any: $any) me { count } }', { any });
  assert.deepEqual(data, { echo: any, me: { count: 1 } });
  const stock = lab.told.filter(({ name }) => name === 'stock');
  assert.deepEqual(
    stock.map(({ variables }) => Object.values(variables)),
    [[[{ __typename: 'User', id: '1' }]]],
  );
  // A variable of the client never takes the place of the planner's.
  const named = await ask('query($representations: JSON) { echo(any: $representations) users { count } }', {
    representations: [{ __typename: 'User', id: '9' }],
  });
  assert.deepEqual(named.data, {
    echo: [{ __typename: 'User', id: '9' }],
    users: [{ count: 1 }, { count: 2 }, { count: 3 }],
  });
});

const entity = (id: string, more = {}): object => ({ __typename: 'User', id, count: Number(id), ...more });
const entities =
  (list: unknown): Behave =>
  (name) =>
    name === 'stock' ? { text: JSON.stringify({ data: { _entities: list } }) } : undefined;

test('I131 entities that are reordered, too few, too many, of another type or poisoned are never put on another', async () => {
  const [one, two, three] = ['1', '2', '3'].map((id) => entity(id));
  for (const list of [
    [two, one, three],
    [one, two],
    [one, two, three, one],
    [],
    { 0: one },
    'x',
    [one, { ...two, __typename: 'Hidden' }, three],
    [one, [two], three],
    [one, 7, three],
  ]) {
    lab.behave = entities(list);
    const answer = await ask('{ users { id count } }');
    const counts = Object(answer.data).users.map(({ count }: { count: unknown }) => count);
    for (const [at, count] of counts.entries()) {
      assert.ok(count === null || count === at + 1, `${JSON.stringify(list)}: ${counts}`);
    }
    assert.deepEqual(
      paths(answer),
      counts.flatMap((count: unknown, at: number) => (count === null ? [`users.${at}.count`] : [])),
    );
  }
  lab.behave = (name) =>
    name === 'stock'
      ? {
          text: `{"data":{"__proto__":{"polluted":1},"_entities":[${[1, 2, 3]
            .map(
              (id) =>
                `{"__proto__":{"count":9,"polluted":1},"constructor":{"prototype":{"polluted":1}},"__typename":"User","id":"${id}","count":${id}}`,
            )
            .join()}]}}`,
        }
      : undefined;
  const poisoned = await ask('{ users { count } }');
  assert.deepEqual(poisoned.data, { users: [{ count: 1 }, { count: 2 }, { count: 3 }] });
  assert.equal('polluted' in {}, false);
});

test('I132 HTML, truncated JSON, a wrong length and a reply over the limit cost their own fields', async () => {
  const oddities: [Odd, string][] = [
    [{ headers: { 'content-type': 'text/html' }, text: '<h1>Welcome to nginx!</h1>' }, 'UPSTREAM_INVALID'],
    [{ text: '<html>' }, 'UPSTREAM_INVALID'],
    [{ text: '{"data":{"_entities":[{"__typename":"User","id":"1","cou' }, 'UPSTREAM_INVALID'],
    [{ text: '' }, 'UPSTREAM_INVALID'],
    [{ text: `{"data":{"_entities":["${'x'.repeat(70_000)}"]}}` }, 'UPSTREAM_TOO_LARGE'],
    [
      { status: 500, headers: { 'content-type': 'text/plain' }, text: 'at db.js:12 password=x' },
      'UPSTREAM_ERROR',
    ],
  ];
  for (const [odd, code] of oddities) {
    lab.behave = (name) => (name === 'stock' ? odd : undefined);
    const answer = await ask('{ me { id name count } }');
    assert.deepEqual(answer.data, { me: { id: '1', name: 'n1', count: null } });
    assert.deepEqual([paths(answer), codes(answer)], [['me.count'], [code]]);
    assert.ok(!/nginx|db\.js|password/.test(answer.text));
  }
});

test('I133 a null that may not be goes to the nearest place that may be null', async () => {
  lab.behave = entities([entity('1', { price: 1 }), entity('2', { price: null }), entity('3', { price: 3 })]);
  const listed = await ask('{ users { id price } me { id } }');
  assert.deepEqual(listed.data, { users: null, me: { id: '1' } });
  assert.deepEqual(paths(listed), ['users.1.price']);
  lab.behave = entities([null]);
  const nested = await ask('{ account { balance owner { price } } me { id } }');
  assert.deepEqual(nested.data, { account: null, me: { id: '1' } });
  assert.deepEqual(paths(nested), ['account.owner.price']);
});

test('I134 forged paths, extensions and messages of a subgraph’s errors do not reach the client', async () => {
  lab.behave = (name) =>
    name === 'stock'
      ? {
          text: JSON.stringify({
            data: { _entities: [entity('1', { count: null })] },
            errors: [
              {
                message: 'SELECT * FROM users',
                path: ['_entities', 0, 'count'],
                extensions: { code: 'UNAUTHENTICATED', stacktrace: ['at /srv/app.js'], serviceName: 'x' },
              },
              { message: 'x', path: ['me', 'id'], extensions: { code: 'A"B' } },
              { message: 'x', path: ['__proto__', 'constructor', '<b>'] },
              { message: 'x', path: Array(5000).fill('a') },
              null,
            ],
          }),
        }
      : undefined;
  const answer = await ask('{ me { id count } }');
  assert.deepEqual(answer.data, { me: { id: '1', count: null } });
  for (const { message, extensions, path } of answer.errors) {
    assert.equal(message, 'A backend failed');
    assert.deepEqual(extensions, { code: 'UPSTREAM_ERROR' });
    assert.ok(path === undefined || path.join() === 'me,count', JSON.stringify(path));
  }
  assert.ok(paths(answer).includes('me.count'));
});

test('I135 what needs a caller is null without one, beside its siblings, and never asked for', async () => {
  const answer = await ask('{ users { id mail } }');
  assert.deepEqual(answer.data, { users: ['1', '2', '3'].map((id) => ({ id, mail: null })) });
  assert.deepEqual(codes(answer), Array(3).fill('UNAUTHORIZED_FIELD_OR_TYPE'));
  assert.ok(lab.told.every(({ query }) => !query.includes('mail')));
});

test('I136 what was planned for one supergraph or caller is not used for another', async () => {
  const rejecting = await startWith({ authorization: { unauthorized: 'reject' } });
  try {
    const at = `http://127.0.0.1:${rejecting.addresses.public.port}/graphql`;
    const query = '{ me { id mail } }';
    const answers = await Promise.all([
      ask(query),
      ask(query, {}, {}, at),
      ask(query),
      ask(query, {}, {}, at),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 403, 200, 403],
    );
    assert.equal(answers[1]?.data, undefined);
    assert.deepEqual(answers[1] && paths(answers[1]), ['me.mail']);
  } finally {
    await rejecting.drain();
  }
});

test('I137 mutations run one after another, in order, and are sent once whatever becomes of them', async () => {
  const { data } = await ask('mutation { second a: first third b: first }');
  assert.deepEqual(Object.keys(Object(data)), ['second', 'a', 'third', 'b']);
  assert.deepEqual(
    lab.written,
    ['second', 'first', 'third', 'first'].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
  for (const status of [500, 502, 503, 504]) {
    lab.told.length = 0;
    lab.behave = () => ({
      status,
      headers: { 'content-type': 'text/plain', 'retry-after': '0' },
      text: 'no',
    });
    const answer = await ask('mutation { first }');
    assert.deepEqual(answer.data, { first: null });
    assert.equal(lab.told.length, 1, `status ${status}`);
  }
});

test('identical mutations at the same time are each executed', async () => {
  await Promise.all([ask('mutation { first }'), ask('mutation { first }'), ask('mutation { first }')]);
  assert.equal(lab.written.length, 6);
});

test('K150: queries that differ in a forwarded field are never one call to a subgraph', async () => {
  const bothArrived = Promise.withResolvers<void>();
  lab.behave = async () => {
    if (lab.told.length === 2) bothArrived.resolve();
    await bothArrived.promise;
    return undefined;
  };
  const asked = ['de', 'de', 'fr', 'de'].map((locale) => ask('{ me { name } }', {}, { 'x-locale': locale }));
  const answers = await Promise.all(asked);
  for (const { data } of answers) assert.deepEqual(data, { me: { name: 'n1' } });
  assert.deepEqual([...new Set(lab.told.map(({ headers }) => headers['x-locale']))].sort(), ['de', 'fr']);
});

test('fields go to the subgraphs by their rules and come back by theirs', async () => {
  lab.behave = (name) => ({
    headers: {
      'set-cookie': name === 'people' ? ['a=1; Path=/', 'b=2'] : ['c=3'],
      'cache-control': name === 'people' ? 'public, max-age=60' : 'private, max-age=30',
      'x-part': name,
      'x-internal': 'secret',
    },
  });
  const headers = { 'x-locale': 'de', 'x-source': 'forged', 'x-other': 'no' };
  const answer = await ask('{ me { name count } }', {}, headers);
  const [people, stock] = (['people', 'stock'] as const).map(
    (name) => lab.told.find((one) => one.name === name)?.headers,
  );
  assert.deepEqual(
    [people?.['x-locale'], people?.['x-source'], people?.['x-other']],
    ['de', undefined, undefined],
  );
  assert.deepEqual(
    [stock?.['x-language'], stock?.['x-locale'], stock?.['x-source']],
    ['de', undefined, 'graph'],
  );
  assert.deepEqual(answer.headers.getSetCookie(), ['a=1; Path=/', 'b=2', 'c=3']);
  assert.equal(answer.headers.get('cache-control'), 'private, max-age=30');
  assert.equal(answer.headers.get('x-part'), 'people, stock');
  assert.equal(answer.headers.get('x-internal'), null);
  assert.equal((await ask('{ __typename }')).headers.get('cache-control'), 'no-store');
  lab.behave = (name) => (name === 'stock' ? { text: '{' } : { headers: { 'cache-control': 'max-age=60' } });
  assert.equal((await ask('{ me { name count } }')).headers.get('cache-control'), 'no-store');
});

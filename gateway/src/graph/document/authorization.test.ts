import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import type { GraphObject } from '../request.ts';
import { type Guarded, makeGuarded } from '../testing/guarded.fixture.ts';

const made: Guarded[] = [];
after(() => {
  for (const { graph } of made) graph.close();
});

async function guarded(config: Record<string, unknown> = {}): Promise<Guarded> {
  const one = await makeGuarded(config);
  made.push(one);
  return one;
}

const shared = guarded();

function withScopes(...scopes: string[]): Identity {
  return makeIdentity({ scopes: new Set(scopes) });
}

/** Paths of the errors that withhold something; there may be no others. */
function withheld({ errors }: GraphObject): unknown[] {
  for (const error of errors ?? []) {
    assert.equal(error.extensions.code, 'UNAUTHORIZED_FIELD_OR_TYPE');
    assert.equal(error.message, 'Unauthorized field or type');
  }
  return (errors ?? []).map(({ path }) => path?.join('.'));
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

test('I135 a field is null with an error at its path, its siblings stay, and no subgraph is asked for it', async () => {
  const { ask, calls } = await shared;
  calls.length = 0;
  const answer = await ask('{ open me { id email } }');
  assert.deepEqual(plain(answer.data), { open: 'yes', me: null });
  assert.deepEqual(withheld(answer), ['me']);
  assert.deepEqual(calls, ['home: {open}']);
  const allowed = await ask('{ open me { id email } }', withScopes());
  assert.deepEqual(plain(allowed.data), { open: 'yes', me: { id: 'p', email: 'pat@x' } });
  assert.equal(allowed.errors, undefined);
});

test('I135 nothing is asked where nothing is left', async () => {
  const { ask, calls } = await shared;
  calls.length = 0;
  const answer = await ask('{ a: me { id } b: me { id } }');
  assert.deepEqual(plain(answer.data), { a: null, b: null });
  assert.deepEqual(withheld(answer), ['a', 'b']);
  assert.deepEqual(calls, []);
});

test('I135 scopes are an OR of ANDs', async () => {
  const { ask } = await shared;
  const query = '{ report { pages } }';
  for (const scopes of [['reports', 'read'], ['admin'], ['x', 'admin'], ['read', 'reports', 'y']]) {
    assert.deepEqual(plain((await ask(query, withScopes(...scopes))).data), { report: { pages: 3 } });
  }
  for (const identity of [undefined, withScopes(), withScopes('reports'), withScopes('reportsread')]) {
    const answer = await ask(query, identity);
    // `report` may not be null.
    assert.equal(answer.data, null);
    assert.deepEqual(withheld(answer), ['report']);
  }
});

test('I135 a field whose value is of a guarded scalar, enum or object type is guarded', async () => {
  const { ask, calls } = await shared;
  calls.length = 0;
  const answer = await ask('{ salary grade }', withScopes('money'));
  assert.deepEqual(plain(answer.data), { salary: 7, grade: 'A' });
  const none = await ask('{ open salary grade }');
  assert.deepEqual(plain(none.data), { open: 'yes', salary: null, grade: null });
  assert.deepEqual(withheld(none), ['salary', 'grade']);
  assert.deepEqual(calls.slice(1), ['home: {open}']);
});

test('I135 a field of an interface is asked for on the concrete types that show it', async () => {
  const { ask, calls } = await shared;
  calls.length = 0;
  const answer = await ask('{ nodes { id label } }');
  assert.deepEqual(withheld(answer), ['nodes.0.label', 'nodes.2.id']);
  // A vault's id may not be null, and neither may an item of the list, nor the list.
  assert.equal(answer.data, null);
  assert.ok(!calls.some((call) => call.includes('Vault')), calls.join('\n'));
  const people = await ask('{ nodes { id label } }', withScopes('people', 'vault'));
  assert.equal(people.errors, undefined);
  const vault = await ask('{ node(id: "p") { label note } r: node(id: "r") { label boss { id } } }');
  assert.deepEqual(plain(vault.data), {
    node: { label: null, note: 'of Pat' },
    r: { label: 'R2', boss: null },
  });
  assert.deepEqual(withheld(vault), ['node.label']);
});

test('I135 fragments on types and interfaces, nested, are judged by the types that are left', async () => {
  const { ask } = await shared;
  const answer = await ask(`{
    found {
      kind: __typename
      ... on Node { ... on Person { email } ... on Robot { label note } ...L }
      ... on Vault { content }
    }
  } fragment L on Node { name: label }`);
  assert.deepEqual(plain(answer.data), { found: null });
  // The first null that may not be ends its list: `found` is [Found!], and a robot's note is String!.
  assert.deepEqual(withheld(answer), ['found.0.email', 'found.0.name', 'found.1.note']);
  const robots = await ask(
    '{ found { kind: __typename ... on Robot { label } ... on Vault { content label } } }',
  );
  assert.deepEqual(plain(robots.data), {
    found: [
      { kind: 'Person' },
      { kind: 'Robot', label: 'R2' },
      { kind: 'Vault', content: null, label: null },
    ],
  });
  assert.deepEqual(withheld(robots), ['found.2.content', 'found.2.label']);
});

test('I135 a null goes to the nearest place that may be null', async () => {
  const { ask } = await shared;
  const answer = await ask('{ open team { name secret } }');
  assert.deepEqual(plain(answer.data), { open: 'yes', team: null });
  assert.deepEqual(withheld(answer), ['team.secret']);
});

test('I135 what a field requires from another subgraph counts for it', async () => {
  const { ask, calls } = await shared;
  calls.length = 0;
  const answer = await ask('{ parcel { id postage label } }');
  assert.deepEqual(plain(answer.data), { parcel: { id: 'k', postage: null, label: 'size 2' } });
  assert.deepEqual(withheld(answer), ['parcel.postage']);
  assert.ok(!calls.some((call) => call.includes('weight')), calls.join('\n'));
  const allowed = await ask('{ parcel { id postage } }', withScopes('weights'));
  assert.deepEqual(plain(allowed.data), { parcel: { id: 'k', postage: 40 } });
});

test('I135 policies are named conditions of the configuration; one that nobody wrote is never met', async () => {
  const { ask } = await guarded({
    authorization: {
      policies: {
        office: { scopes: ['office'] },
        weekday: { roles: ['clerk', 'guard'] },
        owner: { claims: { owns: ['house', 7], tier: [true] } },
      },
    },
  });
  const query = '{ ruled unruled }';
  const asClerk = makeIdentity({ scopes: new Set(['office']), roles: ['clerk'] });
  const asOwner = makeIdentity({ claims: { owns: ['boat', 'house'], tier: true } });
  for (const identity of [asClerk, asOwner]) {
    const answer = await ask(query, identity);
    assert.deepEqual(plain(answer.data), { ruled: 'by policy', unruled: null });
    assert.deepEqual(withheld(answer), ['unruled']);
  }
  const others = [
    undefined,
    makeIdentity({ scopes: new Set(['office']) }),
    makeIdentity({ roles: ['clerk'] }),
    makeIdentity({ claims: { owns: 'house' } }),
    makeIdentity({ claims: { owns: ['7'], tier: true } }),
    makeIdentity({ claims: Object.create({ owns: 'house', tier: true }) }),
  ];
  for (const identity of others) assert.deepEqual(withheld(await ask(query, identity)), ['ruled', 'unruled']);
});

test('I135 an operation may be refused as a whole', async () => {
  const { text, calls } = await guarded({ authorization: { unauthorized: 'reject' } });
  const { refusal, body } = await text('{ open me { id } t: team { secret } }');
  assert.equal(refusal?.status, 403);
  assert.deepEqual(
    JSON.parse(body).errors.map(({ path }: { path: unknown }) => path),
    [['me'], ['t', 'secret']],
  );
  assert.deepEqual(calls, []);
  assert.equal((await text('{ open team { name } }')).refusal, undefined);
  // What a condition leaves out is not asked for.
  assert.equal((await text('{ open me @skip(if: true) { id } }')).refusal, undefined);
});

test('I135 mutations that are not allowed are not executed', async () => {
  const { ask, calls } = await shared;
  calls.length = 0;
  const answer = await ask('mutation { promote { email } hire { id } }');
  assert.deepEqual(plain(answer.data), { promote: { email: null }, hire: null });
  assert.deepEqual(withheld(answer), ['promote.email', 'hire']);
  assert.deepEqual(calls, ['home: mutation{promote{__typename}}']);
});

test('I135 introspection is not affected', async () => {
  const { ask } = await shared;
  const answer = await ask('{ __type(name: "Vault") { fields { name } } __schema { queryType { name } } }');
  assert.equal(answer.errors, undefined);
  assert.deepEqual(plain(answer.data), {
    __type: { fields: ['id', 'label', 'note', 'boss', 'content'].map((name) => ({ name })) },
    __schema: { queryType: { name: 'Query' } },
  });
});

test('I135 what is withheld is logged where the configuration says so', async () => {
  const { ask, logged } = await guarded({ authorization: { log: true } });
  await ask('{ open me { id } }');
  const lines = logged.filter((fields) => 'coordinates' in fields);
  assert.deepEqual(lines, [{ requestId: 'r1', coordinates: ['Query.me'] }]);
});

test('I136 callers share a plan exactly where they may have the same', async () => {
  const { ask, calls, graph } = await guarded();
  const query = '{ open me { id } salary }';
  const callers: [Identity | undefined, unknown][] = [
    [undefined, { open: 'yes', me: null, salary: null }],
    [withScopes('money'), { open: 'yes', me: { id: 'p' }, salary: 7 }],
    [withScopes('unrelated'), { open: 'yes', me: { id: 'p' }, salary: null }],
    [undefined, { open: 'yes', me: null, salary: null }],
    [withScopes(), { open: 'yes', me: { id: 'p' }, salary: null }],
  ];
  for (const [identity, data] of callers) assert.deepEqual(plain((await ask(query, identity)).data), data);
  assert.deepEqual(calls, [
    'home: {open}',
    'home: {open me{id} salary}',
    'home: {open me{id}}',
    'home: {open}',
    'home: {open me{id}}',
  ]);
  // Three filters, three combinations kept; identities are not among the keys.
  assert.deepEqual(
    graph.hot().map(({ conditions }) => conditions.length),
    [1],
  );
});

test('I136 both forms of an answer agree, whoever asks', async () => {
  const { ask, text } = await shared;
  for (const identity of [undefined, withScopes(), withScopes('people', 'vault', 'money', 'admin')]) {
    for (const query of [
      '{ found { __typename ... on Node { label } } grade salary }',
      '{ team { name lead { label } } }',
    ]) {
      const object = await ask(query, identity);
      const { body } = await text(query, identity);
      const expected = { ...(object.errors && { errors: object.errors }), data: object.data };
      assert.equal(body, JSON.stringify(expected));
    }
  }
});

test('a plan for somebody leaves out what that one may not have', async () => {
  const { graph } = await shared;
  const whole = await graph.plan('{ open me { id } }');
  assert.ok(JSON.stringify(whole.plan).includes('{open me{id}}'));
  const filtered = await graph.plan('{ open me { id } }', undefined, {}, { identity: undefined });
  assert.ok(JSON.stringify(filtered.plan).includes('{open}'));
});

test('I135 policies may be answered elsewhere, and where nobody can tell the operation is refused', async () => {
  const asked: (readonly string[])[] = [];
  let answer: Promise<ReadonlySet<string>> = Promise.resolve(new Set(['office', 'weekday']));
  const one = await makeGuarded({}, undefined, {
    has: (name) => name === 'office' || name === 'weekday',
    held: (names) => {
      asked.push(names);
      return answer;
    },
  });
  made.push(one);
  const query = '{ open ruled unruled }';
  const allowed = await one.ask(query, makeIdentity());
  assert.deepEqual(plain(allowed.data), { open: 'yes', ruled: 'by policy', unruled: null });
  assert.deepEqual(asked, [['office', 'weekday']]);
  answer = Promise.resolve(new Set(['office']));
  assert.deepEqual(withheld(await one.ask(query, makeIdentity())), ['ruled', 'unruled']);
  one.calls.length = 0;
  answer = Promise.reject(new FrontdeskError('upstream_unavailable'));
  const refused = await one.ask(query, makeIdentity());
  assert.equal(refused.errors?.[0]?.extensions.code, 'UPSTREAM_UNAVAILABLE');
  assert.deepEqual(one.calls, []);
  await one.ask('{ open }', makeIdentity());
  assert.equal(asked.length, 3);
});

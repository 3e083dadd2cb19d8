/** Area K of the list of attacks, each by its number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WholeBody } from '../../core/body.ts';
import type { Identity } from '../../core/identity.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { HandBody, text } from '../testing/harness.ts';
import { answer, cacheOver, memoryStore } from './cache.fixture.ts';
import { cacheKey, joined } from './key.ts';

const word = fc.constantFrom('a', 'b', 'a:1', '1:a', '', 'ab', 'é', 'a,b', '\n');
const identities: fc.Arbitrary<Identity> = fc
  .record({
    subject: word,
    consumer: fc.option(word, { nil: undefined }),
    tenant: fc.option(word, { nil: undefined }),
    roles: fc.array(word, { maxLength: 2 }),
    scopes: fc.array(word, { maxLength: 2 }).map((list) => new Set(list)),
    scheme: fc.constantFrom('jwt', 'apiKey'),
  })
  .map((more) => makeIdentity(more));

const who = ({ subject, consumer, tenant, roles, scopes, scheme }: Identity): string =>
  JSON.stringify([subject, consumer ?? null, tenant ?? null, [...roles].sort(), [...scopes].sort(), scheme]);

test('K144: of 1,000 random pairs nobody gets what was made for another', async () => {
  const { ask } = cacheOver({}, ({ context }) =>
    answer({ 'cache-control': 'max-age=600' }, context.identity ? who(context.identity) : 'nobody'),
  );
  await fc.assert(
    fc.asyncProperty(identities, identities, async (a, b) => {
      const [first, second] = await Promise.all([ask('/me', { identity: a }), ask('/me', { identity: b })]);
      assert.equal(first.text, who(a));
      assert.equal(second.text, who(b));
      assert.equal((await ask('/me')).text, 'nobody');
    }),
    { numRuns: 1_000 },
  );
});

test('K144: what says public is shared, whoever made it be fetched', async () => {
  const { ask, calls } = cacheOver({}, () => answer({ 'cache-control': 'public, max-age=600' }));
  await ask('/logo', { identity: makeIdentity({ subject: 'a' }) });
  assert.equal((await ask('/logo', { identity: makeIdentity({ subject: 'b' }) })).did, 'hit');
  assert.equal((await ask('/logo')).did, 'hit');
  assert.equal((await ask('/logo', { headers: { authorization: 'x' } })).did, 'hit');
  assert.equal(calls.length, 1);
});

test('K145: replies to credentials, with cookies, parts and partial GraphQL answers are never shared', async () => {
  const cases: readonly [string, Record<string, string>, string, number, Record<string, string>][] = [
    ['/auth', {}, 'x', 200, { authorization: 'secret' }],
    ['/key', {}, 'x', 200, { 'x-api-key': 'secret' }],
    ['/session', {}, 'x', 200, { cookie: 'sid=1' }],
    ['/cookie', { 'set-cookie': 'sid=1' }, 'x', 200, {}],
    ['/part', { 'content-range': 'bytes 0-0/9' }, 'x', 206, {}],
    ['/graphql?query=a', { 'content-type': 'application/json' }, '{"data":{},"errors":[{}]}', 200, {}],
    ['/g', { 'content-type': 'application/graphql-response+json' }, '{"errors":[]}', 200, {}],
  ];
  for (const [path, headers, body, status, asked] of cases) {
    const { ask, calls } = cacheOver({}, () =>
      answer({ 'cache-control': 'max-age=600', ...headers }, body, status),
    );
    await ask(path, { headers: asked });
    await ask(path, { headers: asked });
    await ask(path);
    assert.equal(calls.length, 3, path);
  }
});

test('K145: an error is kept only where the backend says for how long', async () => {
  let headers: Record<string, string> = { etag: '"e"' };
  const { ask, calls } = cacheOver({ heuristic: '1h' }, () =>
    answer({ ...headers, 'last-modified': 'Wed, 01 Jan 2020 00:00:00 GMT' }, 'broken', 503),
  );
  await ask('/a');
  await ask('/a');
  assert.equal(calls.length, 2);
  headers = { 'cache-control': 'max-age=5' };
  await ask('/a');
  assert.equal((await ask('/a')).did, 'hit');
});

test('K146: private with an empty or doubtful list, and Vary: *, are not stored', async () => {
  for (const headers of [
    { 'cache-control': 'max-age=9, private=""' },
    { 'cache-control': 'max-age=9, private=" authorization"' },
    { 'cache-control': 'max-age=9', vary: '*' },
  ]) {
    const { ask, calls } = cacheOver({}, () => answer(headers));
    await ask('/a');
    await ask('/a');
    assert.equal(calls.length, 2, JSON.stringify(headers));
  }
});

test('K147: paths that read differently to others on the way are not cached; an extension makes nothing cacheable', async () => {
  for (const path of ['/me;.js', '/me;a=b/x.css', '/me%0a.css', '/me%00.css', '/me%2fx.css', '/me%5Cx.css']) {
    const { ask, calls } = cacheOver({}, () => answer({ 'cache-control': 'public, max-age=600' }));
    await ask(path);
    assert.equal((await ask(path)).did, 'fwd=bypass', path);
    assert.equal(calls.length, 2, path);
  }
  const { ask, calls } = cacheOver({}, () => answer({ 'content-type': 'text/css' }));
  await ask('/me/x.css');
  await ask('/me/x.css');
  assert.equal(calls.length, 2);
});

test('K148: what a backend is told of the host is part of the key; so is the query, byte for byte', async () => {
  const { ask } = cacheOver({}, ({ context, path }) =>
    answer({ 'cache-control': 'max-age=600' }, `${context.host} ${path}`),
  );
  assert.equal((await ask('/a', { host: 'evil.example' })).text, 'evil.example /a');
  assert.equal((await ask('/a', { host: 'api.example' })).text, 'api.example /a');
  for (const path of ['/a?x=1&y=2', '/a?y=2&x=1', '/a?x=1&x=1&y=2', '/a?x=1;y=2', '/a?utm_content=x']) {
    assert.equal((await ask(path)).text, `api.example ${path}`);
  }
});

test('K148: a GET with a body is not cached', async () => {
  const { ask, calls } = cacheOver({}, () => answer({ 'cache-control': 'max-age=600' }));
  await ask('/a', { body: new WholeBody('poison') });
  await ask('/a');
  assert.equal(calls.length, 2);
});

test('K149: no two lists of parts give one key', async () => {
  fc.assert(
    fc.property(fc.array(word), fc.array(word), (a, b) => {
      assert.equal(joined(a) === joined(b), JSON.stringify(a) === JSON.stringify(b));
    }),
  );
  const { clock } = cacheOver({}, () => answer({}));
  fc.assert(
    fc.property(identities, identities, (a, b) => {
      const own = (identity: Identity) => cacheKey('/a', contextOn(clock, identity)).own;
      assert.equal(own(a) === own(b), who(a) === who(b));
    }),
  );
});

test('K150: concurrent fetches are shared by nobody but the same identity, and never with credentials; writes never', async () => {
  const gate = Promise.withResolvers<void>();
  const { ask, calls } = cacheOver({}, async () => {
    await gate.promise;
    return answer({ 'cache-control': 'public, max-age=600' });
  });
  const a = makeIdentity({ subject: 'a' });
  const asks = [
    ask('/a', { identity: a }),
    ask('/a', { identity: a }),
    ask('/a', { identity: makeIdentity({ subject: 'b' }) }),
    ask('/a'),
    ask('/a'),
    ask('/a', { headers: { authorization: 'x' } }),
    ask('/a', { headers: { authorization: 'x' } }),
    ask('/a', { method: 'POST', body: new WholeBody('x') }),
    ask('/a', { method: 'POST', body: new WholeBody('x') }),
  ];
  gate.resolve();
  await Promise.all(asks);
  assert.equal(calls.length, 7);
});

test('K151: the one who asked first leaves, and those who wait get the reply', async () => {
  const body = new HandBody(6);
  const { send, ask, calls, clock } = cacheOver({}, () => answer({ 'cache-control': 'max-age=600' }, body));
  const leader = contextOn(clock);
  const first = send('/a', { context: { ...leader, host: 'api.example' } });
  const follower = ask('/a');
  const reply = await first;
  const sink = await body.started;
  sink.write(Buffer.from('one'));
  leader.cancellation.cancel(new Error('left'));
  reply.body.discard(new Error('left'));
  sink.write(Buffer.from('two'));
  sink.end();
  assert.equal((await follower).text, 'onetwo');
  assert.equal((await follower).did, 'fwd=uri-miss; collapsed');
  assert.equal(body.cancelled, undefined);
  assert.equal(calls.length, 1);
});

test('K151: when all have left the backend is told', async () => {
  const body = new HandBody();
  const { send, clock } = cacheOver({}, () => answer({ 'cache-control': 'max-age=600' }, body));
  const leader = contextOn(clock);
  const reply = await send('/a', { context: { ...leader, host: 'api.example' } });
  leader.cancellation.cancel(new Error('left'));
  reply.body.discard(new Error('left'));
  assert.equal(body.cancelled?.message, 'left');
});

test('K152: what is fetched when a purge comes is given on and not kept', async () => {
  for (const purge of [{ kind: 'uri', uri: '/a' }, { kind: 'tag', tag: 'p1' }, { kind: 'all' }] as const) {
    const gate = Promise.withResolvers<void>();
    let first = true;
    const { ask, calls, shared } = cacheOver(
      {},
      async () => {
        if (first) {
          first = false;
          await gate.promise;
          return answer({ 'cache-control': 'max-age=600', 'cache-tag': 'p1' }, 'stale');
        }
        return answer({ 'cache-control': 'max-age=600', 'cache-tag': 'p1' }, 'new');
      },
      memoryStore(),
    );
    const under = ask('/a');
    await shared.purge(purge);
    gate.resolve();
    assert.equal((await under).text, 'stale');
    assert.equal((await ask('/a')).text, 'new', purge.kind);
    assert.equal(calls.length, 2);
  }
});

test('K152: who asks after a write joins no fetch from before it', async () => {
  const gate = Promise.withResolvers<void>();
  let version = 'before';
  const { ask, send } = cacheOver({}, async ({ method }) => {
    if (method === 'PUT') return answer({});
    const mine = version;
    if (mine === 'before') await gate.promise;
    return answer({ 'cache-control': 'max-age=600' }, mine);
  });
  const early = send('/a');
  await ask('/a', { method: 'PUT', body: new WholeBody('x') });
  version = 'after';
  assert.equal((await ask('/a')).text, 'after');
  gate.resolve();
  assert.equal(await text(await early), 'before');
  assert.equal((await ask('/a')).text, 'after');
});

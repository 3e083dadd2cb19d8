import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { coded } from '../../core/testing/errors.ts';
import { answer, cacheOver } from './cache.fixture.ts';

const FRESH = { 'cache-control': 'max-age=60', etag: '"v1"' };

test('RFC 9111 §4: a fresh reply answers without the backend, with its age and what the cache did', async () => {
  const { ask, calls, clock } = cacheOver({}, () => answer({ ...FRESH, 'x-a': '1' }, 'hello'));
  const first = await ask('/a');
  assert.equal(first.did, 'fwd=uri-miss; stored');
  clock.advance(10_500);
  const second = await ask('/a');
  assert.deepEqual([second.text, second.did, second.headers.get('age')], ['hello', 'hit', '10']);
  assert.equal(second.headers.get('x-a'), '1');
  assert.equal(second.headers.get('content-length'), '5');
  assert.equal(calls.length, 1);
});

test("a reply that is handed out is the reader's own: what it changes stays with it", async () => {
  const { ask } = cacheOver({}, () => answer({ ...FRESH, 'x-a': '1' }));
  for (let i = 0; i < 3; i += 1) {
    const { headers } = await ask('/a');
    assert.equal(headers.get('x-a'), '1');
    headers.set('x-a', 'changed');
    headers.delete('cache-control');
  }
});

test('RFC 9111 §2: another path, query or method is another resource; a HEAD is answered from a GET', async () => {
  const { ask, calls } = cacheOver({}, ({ path }) => answer(FRESH, path));
  await ask('/a?b=1');
  assert.equal((await ask('/a?b=2')).text, '/a?b=2');
  assert.equal((await ask('/a')).text, '/a');
  const head = await ask('/a', { method: 'HEAD' });
  assert.deepEqual([head.text, head.headers.get('content-length'), head.did], ['', '2', 'hit']);
  assert.equal(calls.length, 3);
});

test('RFC 9111 §4.1: each variant has its reply', async () => {
  const { ask, calls } = cacheOver({}, ({ headers }) =>
    answer({ ...FRESH, vary: 'Accept-Language' }, headers.get('accept-language') ?? 'none'),
  );
  const speak = async (language: string): Promise<string> =>
    (await ask('/a', { headers: { 'accept-language': language } })).text;
  assert.equal(await speak('de'), 'de');
  assert.equal(await speak('en'), 'en');
  assert.equal(await speak('DE'), 'de');
  assert.equal((await ask('/a')).text, 'none');
  assert.equal(calls.length, 3);
});

test('RFC 9111 §4.3: what is stale is confirmed, and its fields brought up to date', async () => {
  const { ask, calls, clock } = cacheOver({}, ({ headers }) =>
    headers.get('if-none-match') === '"v1"'
      ? answer({ 'cache-control': 'max-age=5', etag: '"v1"', 'x-a': '2' }, '', 304)
      : answer({ ...FRESH, 'x-a': '1' }, 'hello'),
  );
  await ask('/a');
  clock.advance(61_000);
  const confirmed = await ask('/a');
  assert.deepEqual([confirmed.status, confirmed.text, confirmed.headers.get('x-a')], [200, 'hello', '2']);
  assert.equal(confirmed.did, 'fwd=stale; stored');
  clock.advance(4_000);
  assert.equal((await ask('/a')).did, 'hit');
  assert.equal(calls.length, 2);
});

test('RFC 9111 §4.3.4: a 304 about something else is not believed: the reply is asked for anew', async () => {
  const { ask, calls, clock } = cacheOver({}, ({ headers }) =>
    headers.has('if-none-match') ? answer({ etag: '"v2"' }, '', 304) : answer(FRESH, 'hello'),
  );
  await ask('/a');
  clock.advance(61_000);
  assert.equal((await ask('/a')).text, 'hello');
  assert.deepEqual(
    calls.map(({ headers }) => headers.has('if-none-match')),
    [false, true, false],
  );
});

test("RFC 9111 §4.3.2: a client's own condition is answered from the cache, its range cut from the whole", async () => {
  const { ask } = cacheOver({}, () => answer(FRESH, '0123456789'));
  await ask('/a');
  const same = await ask('/a', { headers: { 'if-none-match': 'W/"v1"' } });
  assert.deepEqual([same.status, same.text, same.headers.get('etag')], [304, '', '"v1"']);
  const part = await ask('/a', { headers: { range: 'bytes=2-4' } });
  assert.deepEqual([part.status, part.text, part.headers.get('content-range')], [206, '234', 'bytes 2-4/10']);
  const beyond = await ask('/a', { headers: { range: 'bytes=10-' } });
  assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */10']);
  const other = await ask('/a', { headers: { range: 'bytes=2-4', 'if-range': '"v0"' } });
  assert.deepEqual([other.status, other.text], [200, '0123456789']);
});

test('RFC 9111 §5.2.1.7: only-if-cached never reaches the backend', async () => {
  const { ask, calls } = cacheOver({}, () => answer(FRESH));
  const headers = { 'cache-control': 'only-if-cached' };
  assert.equal((await ask('/a', { headers })).status, 504);
  assert.equal(calls.length, 0);
  await ask('/a');
  assert.equal((await ask('/a', { headers })).did, 'hit');
});

test("a cache may be told not to mind clients' directives", async () => {
  const { ask, calls } = cacheOver({ clientDirectives: 'ignore' }, () => answer(FRESH));
  await ask('/a');
  for (const word of ['no-cache', 'no-store', 'max-age=0']) {
    assert.equal((await ask('/a', { headers: { 'cache-control': word } })).did, 'hit', word);
  }
  assert.equal(calls.length, 1);
});

test('RFC 5861 §3: a stale reply answers at once while one fetch brings another', async () => {
  let version = 0;
  const { ask, calls, clock } = cacheOver({}, () => {
    version += 1;
    return answer({ 'cache-control': 'max-age=10, stale-while-revalidate=30' }, `v${version}`);
  });
  await ask('/a');
  clock.advance(15_000);
  const [one, two] = await Promise.all([ask('/a'), ask('/a')]);
  assert.deepEqual([one.text, two.text], ['v1', 'v1']);
  await Promise.resolve();
  assert.equal((await ask('/a')).text, 'v2');
  assert.equal(calls.length, 2);
});

test('RFC 5861 §4: a stale reply stands in for an error, as long as it may', async () => {
  let fails: 'status' | 'reset' | undefined;
  const { ask, clock } = cacheOver({}, () => {
    if (fails === 'reset') throw new FrontdeskError('upstream_reset');
    if (fails === 'status') return answer({}, 'broken', 503);
    return answer({ 'cache-control': 'max-age=10, stale-if-error=60' }, 'good');
  });
  await ask('/a');
  clock.advance(30_000);
  fails = 'status';
  assert.deepEqual([(await ask('/a')).text, (await ask('/a')).status], ['good', 200]);
  fails = 'reset';
  assert.equal((await ask('/a')).text, 'good');
  clock.advance(60_000);
  await assert.rejects(ask('/a'), coded('upstream_reset'));
  fails = 'status';
  assert.equal((await ask('/a')).status, 503);
});

test('our own refusals are not survived: they are the answer', async () => {
  let refuse = false;
  const { ask, clock } = cacheOver({ staleIfError: '60s' }, () => {
    if (refuse) throw new FrontdeskError('rate_limited');
    return answer(FRESH);
  });
  await ask('/a');
  clock.advance(61_000);
  refuse = true;
  await assert.rejects(ask('/a'), coded('rate_limited'));
});

test('RFC 9111 §4.4: a write makes its URL invalid, and what it names of the same origin; a failed one does not', async () => {
  let location = '';
  let status = 200;
  const { ask, calls } = cacheOver({}, ({ method }) =>
    method === 'GET' ? answer(FRESH) : answer({ location }, '', status),
  );
  const isKept = async (path: string): Promise<boolean> => (await ask(path)).did === 'hit';
  const write = (path: string, method = 'POST') => ask(path, { method, body: new WholeBody('x') });
  await ask('/a');
  await ask('/b');
  status = 500;
  await write('/a');
  assert.ok(await isKept('/a'));
  status = 200;
  await write('/a', 'DELETE');
  assert.ok(!(await isKept('/a')));
  for (location of ['/b', 'http://backend.example/base/b', 'https://api.example/b']) {
    await write('/a', 'PUT');
    assert.ok(!(await isKept('/b')), location);
  }
  location = 'http://elsewhere.example/b';
  await write('/a');
  assert.ok(await isKept('/b'));
  assert.ok(calls.length > 0);
});

test('RFC 9110 §9.3.3: the reply to a POST that is the resource answers the next GET', async () => {
  const { ask, calls } = cacheOver({}, () => answer({ ...FRESH, 'content-location': '/a' }, 'posted'));
  await ask('/a', { method: 'POST', body: new WholeBody('x') });
  const got = await ask('/a');
  assert.deepEqual([got.text, got.did, calls.length], ['posted', 'hit', 1]);
});

test('RFC 9111 §4.3.5: the reply to a HEAD refreshes what is stored, or ends it', async () => {
  let etag = '"v1"';
  const { ask, clock } = cacheOver({}, () => answer({ 'cache-control': 'max-age=60', etag }, 'body'));
  await ask('/a');
  clock.advance(61_000);
  await ask('/a', { method: 'HEAD' });
  assert.equal((await ask('/a')).did, 'hit');
  clock.advance(61_000);
  etag = '"v2"';
  await ask('/a', { method: 'HEAD' });
  assert.equal((await ask('/a')).did, 'fwd=uri-miss; stored');
});

test('words for caches do not reach clients, from the backend or from the cache', async () => {
  const words = { 'surrogate-key': 'p1', 'cache-tag': 'p2', 'frontdesk-cache-control': 'max-age=60' };
  const { ask } = cacheOver({}, () => answer({ ...words, 'cache-control': 'no-store' }));
  for (const did of ['fwd=uri-miss; stored', 'hit']) {
    const reply = await ask('/a');
    assert.equal(reply.did, did);
    for (const name of Object.keys(words)) assert.ok(!reply.headers.has(name), name);
    assert.equal(reply.headers.get('cache-control'), 'no-store');
  }
  const passed = await ask('/a', { headers: { 'cache-control': 'no-store' } });
  assert.deepEqual([passed.did, passed.headers.has('cache-tag')], ['fwd=bypass', false]);
});

test('a cache that shall not tell what it does says nothing', async () => {
  const { ask } = cacheOver({ status: false }, () => answer(FRESH));
  assert.equal((await ask('/a')).did, undefined);
  assert.equal((await ask('/a')).did, undefined);
});

test('a reply without a date of its own gets older by the clock, and no clock that goes back makes it younger', async () => {
  const { ask, clock } = cacheOver({}, () => answer({ 'cache-control': 'max-age=60', age: '50' }));
  await ask('/a');
  clock.advance(9_000);
  assert.equal((await ask('/a')).headers.get('age'), '59');
  clock.advance(1_000);
  assert.equal((await ask('/a')).did, 'fwd=stale; stored');
});

test('a stored error never stands in for another error', async () => {
  const { ask, clock } = cacheOver({ staleIfError: '1h' }, () =>
    answer({ 'cache-control': 'max-age=1' }, 'broken', 500),
  );
  await ask('/a');
  clock.advance(2_000);
  assert.equal((await ask('/a')).did, 'fwd=stale; stored');
});

test('RFC 5861 §4: a breaker that is open is an error for which a stale reply stands in', async () => {
  let opens = false;
  const { ask, clock } = cacheOver({ staleIfError: '1h' }, () => {
    if (opens) throw new FrontdeskError('circuit_open');
    return answer(FRESH, 'hello');
  });
  await ask('/a');
  opens = true;
  clock.advance(61_000);
  assert.deepEqual([(await ask('/a')).text, (await ask('/a')).did], ['hello', 'hit; fwd=stale']);
});

test('what the backend has replaced by something that is not kept is not given out again', async () => {
  const replies = [
    answer({ 'cache-control': 'max-age=1, stale-while-revalidate=600', etag: '"v1"' }, 'old'),
    answer({ 'cache-control': 'no-store' }, 'new'),
    answer({ 'cache-control': 'no-store' }, 'newer'),
  ];
  const { ask, clock } = cacheOver({}, () => replies.shift() ?? answer({}, 'too often'));
  await ask('/a');
  clock.advance(2_000);
  // Stale while it is confirmed, which is when the other comes.
  assert.equal((await ask('/a')).text, 'old');
  assert.equal((await ask('/a')).text, 'newer');
});

test('a reply to the background of a cache is heard by nobody before its end', async () => {
  const { send, ask, calls, clock } = cacheOver({}, () =>
    answer({ 'cache-control': 'max-age=1, stale-while-revalidate=600' }, 'page'),
  );
  await ask('/a');
  clock.advance(2_000);
  await send('/a');
  assert.equal(calls.at(-1)?.interim, undefined);
});

test('words for caches stay inside whatever is asked', async () => {
  const { ask } = cacheOver({}, () => answer({ ...FRESH, 'cache-tag': 'secret', 'surrogate-key': 'secret' }));
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) {
    const { headers } = await ask('/a', { method });
    assert.deepEqual(
      [headers.get('cache-tag'), headers.get('surrogate-key')],
      [undefined, undefined],
      method,
    );
  }
  const { headers } = await ask('/a', { body: new WholeBody('body') });
  assert.equal(headers.get('cache-tag'), undefined);
});

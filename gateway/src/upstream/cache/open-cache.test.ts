import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { backend, context, identity, request, rig, text } from '../testing/harness.ts';
import { CacheRegistry } from './registry.ts';

test('the step stands where fields are finished, over the real transport; a reload keeps what is stored', async (t) => {
  let calls = 0;
  const url = await backend(t, (asked, response) => {
    calls += 1;
    response.setHeader('cache-control', asked.url === '/public' ? 'public, max-age=60' : 'max-age=60');
    response.end(`${asked.url} for ${asked.headers['x-user-id'] ?? 'nobody'}`);
  });
  const caches = new CacheRegistry({ clock: systemClock });
  const make = () => rig(t, { users: { url, cache: true } }, { caches });
  const upstreams = make();
  const get = async (path: string, subject?: string, from = upstreams): Promise<string> =>
    text(
      await from.call(
        request({
          path,
          context: context(subject === undefined ? {} : { identity: identity({ subject }) }),
          headers: HeaderFields.of({ accept: '*/*' }),
        }),
      ),
    );
  assert.equal(await get('/me', 'a'), '/me for a');
  assert.equal(await get('/me', 'b'), '/me for b');
  assert.equal(await get('/me', 'a'), '/me for a');
  assert.equal(await get('/public', 'a'), '/public for a');
  assert.equal(await get('/public', 'b'), '/public for a');
  assert.equal(calls, 3);
  const reloaded = make();
  await upstreams.dispose();
  assert.equal(await get('/me', 'b', reloaded), '/me for b');
  assert.equal(calls, 3);
});

test('a reload that takes more out of replies, or sends something else, begins with an empty cache', async (t) => {
  let calls = 0;
  const url = await backend(t, (_, response) => {
    calls += 1;
    response.setHeader('cache-control', 'public, max-age=60');
    response.setHeader('content-type', 'application/json');
    response.end('{"name":"Ann","ssn":"1"}');
  });
  const caches = new CacheRegistry({ clock: systemClock });
  const make = (more: object) => rig(t, { users: { url, cache: true, ...more } }, { caches });
  const get = async (from: ReturnType<typeof make>): Promise<string> =>
    text(await from.call(request({ path: '/me', context: context({}), headers: new HeaderFields() })));
  const upstreams = make({});
  assert.equal(await get(upstreams), '{"name":"Ann","ssn":"1"}');
  assert.equal(await get(make({ response: { strip: ['ssn'] } })), '{"name":"Ann"}');
  assert.equal(calls, 2);
  await get(make({ timeout: { attempt: '9s' } }));
  assert.equal(calls, 2);
  await get(make({ request: { headers: { set: { 'x-a': '1' } } } }));
  assert.equal(calls, 3);
});

test('an upstream with a cache and nothing to keep caches is a mistake of ours', async (t) => {
  const url = await backend(t, (_, response) => response.end());
  assert.throws(() => rig(t, { users: { url, cache: { store: 'redis' } } }), TypeError);
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { backend } from '../testing/harness.ts';
import { EtcdSource, etcdConfig } from './etcd.ts';
import { type EtcdServer, etcdServer, NO_ETCD } from './testing/etcd-server.fixture.ts';
import { follow, parts } from './testing/follower.fixture.ts';

function source(url: string | readonly string[], prefix: string, more: object = {}): EtcdSource {
  const servers = typeof url === 'string' ? [url] : url;
  return new EtcdSource(etcdConfig.parse({ prefix, servers, ...more }), parts);
}

describe('a real etcd', { skip: NO_ETCD }, () => {
  let etcd: EtcdServer;
  const ends: (() => Promise<void>)[] = [];
  before(async () => {
    etcd = await etcdServer((end) => ends.push(end));
  });
  after(async () => {
    for (const end of ends) await end();
  });

  test('keys under the prefix are read, then followed as they are put and deleted', async (t) => {
    await etcd.put('/a/1', 'http://10.0.0.1:80');
    await etcd.put('/a/2', '{"url":"http://10.0.0.2:80","weight":3,"zone":"z1","owner":"team-a"}');
    await etcd.put('/b/1', 'http://10.9.9.9:80');
    const { seen } = follow(t, source(etcd.url, '/a/'));
    await seen.until(({ sets }) => sets > 0);
    assert.deepEqual(
      seen.specs.map((spec) => ({ ...spec })),
      [
        { url: 'http://10.0.0.1:80', weight: 1 },
        { url: 'http://10.0.0.2:80', weight: 3, zone: 'z1' },
      ],
    );
    await etcd.put('/a/3', 'http://10.0.0.3:80');
    await etcd.put('/b/2', 'http://10.9.9.8:80');
    await seen.until(({ specs }) => specs.length === 3);
    await etcd.remove('/a/1');
    await seen.until(({ specs }) => specs.length === 2);
    assert.deepEqual(
      seen.specs.map(({ url }) => url),
      ['http://10.0.0.2:80', 'http://10.0.0.3:80'],
    );
  });

  test('a key whose lease ends vanishes', async (t) => {
    const { ID } = await etcd.call('/v3/lease/grant', { TTL: 1, ID: 0 });
    await etcd.put('/lease/1', 'http://10.0.0.1:80', String(ID));
    await etcd.put('/lease/2', 'http://10.0.0.2:80');
    const { seen } = follow(t, source(etcd.url, '/lease/'));
    await seen.until(({ specs }) => specs.length === 2);
    await seen.until(({ specs }) => specs.length === 1);
    assert.equal(seen.specs[0]?.url, 'http://10.0.0.2:80');
  });

  test('a value that cannot be used is told, and its key keeps what it said before', async (t) => {
    await etcd.put('/bad/1', 'http://10.0.0.1:80');
    const { seen } = follow(t, source(etcd.url, '/bad/'));
    await seen.until(({ specs }) => specs.length === 1);
    await etcd.put('/bad/1', '{"url":"http://10.0.0.1:80","weight":0}');
    await etcd.put('/bad/2', 'nonsense');
    await seen.until(({ faults }) => faults.length === 2);
    assert.deepEqual(
      seen.specs.map(({ url }) => url),
      ['http://10.0.0.1:80'],
    );
    assert.match(seen.faults.join('\n'), /^\/bad\/1: .*weight/m);
    assert.match(seen.faults.join('\n'), /^\/bad\/2: .*http/m);
    await etcd.remove('/bad/2');
    await seen.until(({ faults }) => faults.length === 1);
  });

  test('what was compacted away while nobody watched is read anew', async (t) => {
    await etcd.put('/c/1', 'http://10.0.0.1:80');
    // A gateway before etcd that stops all watches, so that revisions pass by.
    const { seen } = follow(t, source(await proxyTo(t, etcd.url, compactBeforeWatch(etcd)), '/c/'));
    await seen.until(({ sets }) => sets >= 2);
    await etcd.put('/c/3', 'http://10.0.0.3:80');
    await seen.until(({ specs }) => specs.length === 3);
  });

  test('users and passwords: a token is had first', async (t) => {
    await etcd.call('/v3/auth/user/add', { name: 'root', password: 'secret' });
    await etcd.call('/v3/auth/user/grant', { user: 'root', role: 'root' });
    await etcd.put('/auth/1', 'http://10.0.0.1:80');
    await etcd.call('/v3/auth/enable', {});
    t.after(async () => {
      const { token } = await etcd.call('/v3/auth/authenticate', { name: 'root', password: 'secret' });
      const headers = { authorization: String(token) };
      await fetch(`${etcd.url}/v3/auth/disable`, { method: 'POST', headers, body: '{}' });
    });
    const { ended } = follow(t, source(etcd.url, '/auth/'));
    assert.match((await ended)?.message ?? '', /etcd answered \d+: .*user name is empty/);
    const { seen } = follow(t, source(etcd.url, '/auth/', { username: 'root', password: 'secret' }));
    await seen.until(({ specs }) => specs.length === 1);
  });

  test('a server that is gone ends it; the next one is tried, and all is read again', async (t) => {
    await etcd.put('/gone/1', 'http://10.0.0.1:80');
    const dead = await backend(t, (_, response) => response.writeHead(503).end('no leader'));
    const one = source([dead, etcd.url], '/gone/');
    assert.match((await follow(t, one).ended)?.message ?? '', /etcd answered 503: no leader/);
    const { seen, ended } = follow(t, one);
    await seen.until(({ specs }) => specs.length === 1);
    await etcd.kill();
    assert.ok((await ended) instanceof Error);
    await etcd.restart();
    await etcd.put('/gone/2', 'http://10.0.0.2:80');
    // Round once more: the first is still ill.
    await follow(t, one).ended;
    const again = follow(t, one);
    await again.seen.until(({ specs }) => specs.length === 2);
  });
});

type Hook = (path: string) => Promise<void>;

/** Passes requests on to etcd; `hook` is waited for before each. */
function proxyTo(t: Parameters<typeof backend>[0], url: string, hook: Hook): Promise<string> {
  return backend(t, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url ?? '';
    await hook(path);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const { body } = await fetch(url + path, {
      method: 'POST',
      body: Buffer.concat(chunks),
      signal: gone.signal,
    });
    response.flushHeaders();
    try {
      for await (const chunk of body ?? []) response.write(chunk);
    } catch {
      // The watch ended with its client.
    }
    response.end();
  });
}

/** Before the first watch begins, changes come and the revisions that it asks for are compacted. */
function compactBeforeWatch(etcd: EtcdServer): Hook {
  let done = false;
  return async (path) => {
    if (path !== '/v3/watch' || done) return;
    done = true;
    for (const value of ['x', 'y', 'http://10.0.0.2:80']) await etcd.put('/c/2', value);
    const { header } = await etcd.call('/v3/kv/range', { key: 'AA==' });
    const revision = typeof header === 'object' && header && 'revision' in header ? header.revision : 0;
    await etcd.call('/v3/kv/compaction', { revision, physical: true });
  };
}

test('settings', () => {
  for (const wrong of [
    {},
    { prefix: '' },
    { prefix: '/a', servers: [] },
    { prefix: '/a', servers: ['etcd:2379'] },
  ]) {
    assert.equal(etcdConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

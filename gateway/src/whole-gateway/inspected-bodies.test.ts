/** Area L of the catalogue of attacks: reloads that must change nothing, and bodies beyond what may be inspected. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { gateway, httpBackend } from './proxied.fixture.ts';

const route = (more: Record<string, unknown> = {}) => ({
  match: { path: '/echo' },
  to: { upstream: 'echo' },
  auth: 'none',
  ...more,
});

test('L156: with one bad certificate or upstream nothing of a configuration is taken, and traffic goes on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-bad-reload-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'frontdesk.yaml');
  const garbage = join(folder, 'garbage.pem');
  writeFileSync(garbage, '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n');
  const held = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const backend = await httpBackend(t, async (request, response) => {
    if (request.url === '/echo?held') {
      arrived.resolve();
      await held.promise;
    }
    response.end('old');
  });
  const good = { upstreams: { echo: { url: backend.url } }, routes: [route()] };
  const { running, host } = await gateway(t, good);
  const underWay = fetch(`http://${host}/echo?held`);
  await arrived.promise;
  const other = { match: { path: '/new' }, to: { fixed: { body: 'new' } }, auth: 'none' };
  for (const bad of [
    { upstreams: { echo: { url: 'https://127.0.0.1:1', tls: { ca: garbage } } }, routes: [route(), other] },
    {
      upstreams: { echo: { url: 'https://127.0.0.1:1', tls: { ca: join(folder, 'none.pem') } } },
      routes: [route(), other],
    },
    { ...good, graph: { supergraph: join(folder, 'none.graphql') }, routes: [route(), other] },
    { ...good, routes: [route(), other, other] },
  ]) {
    writeFileSync(file, JSON.stringify(bad));
    const taken = async (): Promise<void> => {
      const loaded = loadConfig(file);
      assert.ok(loaded.ok);
      await running.replace({ config: loaded.config, folder });
    };
    await assert.rejects(taken, JSON.stringify(bad));
    assert.equal((await fetch(`http://${host}/new`)).status, 404);
    assert.equal(await (await fetch(`http://${host}/echo`)).text(), 'old');
  }
  held.resolve();
  assert.equal(await (await underWay).text(), 'old');
});

test('L160: a body beyond what rules may read is refused, not passed on unread', async (t) => {
  let asked = 0;
  const secret = JSON.stringify({ internal: 'secret', filling: 'x'.repeat(4_000) });
  const backend = await httpBackend(t, (request, response) => {
    asked += 1;
    request.resume();
    response.setHeader('content-type', 'application/json');
    // Of unknown length, too: it is found out while it comes.
    if (request.url?.includes('chunked')) response.write(secret.slice(0, 10));
    response.end(request.url?.includes('chunked') ? secret.slice(10) : secret);
  });
  const upstreams = {
    echo: { url: backend.url },
    stripped: { url: backend.url, response: { strip: ['internal'], maxStripSize: '1KiB' } },
  };
  const { host } = await gateway(t, {
    upstreams,
    routes: [
      route({ request: { maxBody: '1KiB', json: { deny: ['admin'] } } }),
      { match: { path: '/stripped' }, to: { upstream: 'stripped' }, auth: 'none' },
      {
        match: { path: '/shaped' },
        to: { upstream: 'echo' },
        auth: 'none',
        response: { json: { deny: ['internal'] }, maxSize: '1KiB' },
      },
    ],
  });
  const large = JSON.stringify({ filling: 'x'.repeat(2_000), admin: true });
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(large));
      controller.close();
    },
  });
  const headers = { 'content-type': 'application/json' };
  for (const [init, what] of [
    [{ body: large }, 'a length that is told'],
    [{ body, duplex: 'half' as const }, 'one that is not'],
  ] as const) {
    const reply = await fetch(`http://${host}/echo`, { method: 'POST', headers, ...init });
    assert.equal(reply.status, 413, what);
  }
  assert.equal(asked, 0);
  for (const path of ['/stripped', '/stripped?chunked', '/shaped', '/shaped?chunked']) {
    const reply = await fetch(`http://${host}${path}`);
    const text = await reply.text();
    assert.equal(reply.status, 502, path);
    assert.doesNotMatch(text, /secret/, path);
    assert.match(text, /upstream-too-large/, path);
  }
});

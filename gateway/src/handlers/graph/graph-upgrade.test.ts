import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, served } from './graph-socket.fixture.ts';

test('M161 origins: a foreign page, and cookies without an origin, are refused before the handshake', async (t) => {
  const { server } = await served(t, { subscriptions: { origins: ['https://app.example'] } });
  const cookie = 'session=1';
  const own = `http://127.0.0.1:${server.port}`;
  const cases: [headers: Record<string, string>, status: number][] = [
    [{}, 101],
    [{ cookie }, 403],
    [{ cookie, origin: 'https://app.example' }, 101],
    [{ cookie, origin: own }, 101],
    [{ cookie, origin: 'https://evil.example' }, 403],
    [{ cookie, origin: 'null' }, 403],
    [{ cookie, origin: 'https://app.example.evil.example' }, 403],
    [{ cookie, origin: 'http://app.example' }, 403],
    [{ origin: 'https://evil.example' }, 403],
  ];
  for (const [headers, status] of cases) {
    assert.equal((await refusalOf(server, headers)).status, status, JSON.stringify(headers));
  }
  const open = await served(t, { subscriptions: { origins: ['*'] } });
  assert.equal((await refusalOf(open.server, { origin: 'https://any.example' })).status, 101);
  assert.equal((await refusalOf(open.server, { origin: 'https://any.example', cookie })).status, 403);
});

test('other subprotocols are refused, the legacy one by name', async (t) => {
  const { server } = await served(t);
  const legacy = await refusalOf(server, {}, 'graphql-ws');
  assert.equal(legacy.status, 400);
  assert.match(legacy.body, /subscriptions-transport-ws.*use graphql-transport-ws/);
  assert.equal((await refusalOf(server, {}, 'chat')).status, 400);
});

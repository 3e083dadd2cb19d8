import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { listKnownKeys, rotateKey } from './keys-admin.ts';
import { recordedTerminal } from './testing.fixture.ts';

/** An admin port that answers one thing. */
async function adminPort(t: TestContext, status: number, answer: unknown) {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(`${request.method} ${request.url} ${body}`.trim());
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return { admin: `http://127.0.0.1:${address.port}`, seen };
}

test('the keys that a gateway knows, with their last use', async (t) => {
  const keys = [
    { id: 'k1', lastUsed: '2026-01-01T00:00:00.000Z' },
    { id: 'k2', expires: '2027-01-01T00:00:00.000Z' },
  ];
  const { admin } = await adminPort(t, 200, { consumers: [{ id: 'acme', source: 'state', keys }] });
  const terminal = recordedTerminal();
  assert.equal(await listKnownKeys({ admin }, terminal), 0);
  assert.match(terminal.stdout(), /acme +k1 +state +never +2026-01-01T00:00:00.000Z/);
  assert.match(terminal.stdout(), /acme +k2 +state +2027-01-01T00:00:00.000Z +not seen/);
});

test('a rotation shows the new key on its own, and asks for what was said', async (t) => {
  const { admin, seen } = await adminPort(t, 201, { id: 'k2', key: 'fd_k2_x' });
  const terminal = recordedTerminal();
  assert.equal(await rotateKey('k1', { admin, consumer: 'acme/eu', overlap: '1d' }, terminal), 0);
  assert.equal(terminal.stdout(), 'fd_k2_x\n');
  assert.deepEqual(seen, ['POST /admin/consumers/acme%2Feu/keys/k1/rotate {"overlap":"1d"}']);
});

test('what the gateway refuses is told', async (t) => {
  const { admin } = await adminPort(t, 400, { title: 'bad', reasons: ['id: no'] });
  const terminal = recordedTerminal();
  assert.equal(await rotateKey('k1', { admin, consumer: 'acme', overlap: '1d' }, terminal), 1);
  assert.match(terminal.stderr(), /answers 400: id: no/);
});

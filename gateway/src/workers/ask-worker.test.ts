import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { collect } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { askWorker } from './ask-worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-ask-'));
const socketPath = join(folder, 'w.sock');
const server = createServer(async (request, reply) => {
  if (request.url === '/breaks') {
    reply.writeHead(200);
    reply.write('so far', () => reply.destroy());
    return;
  }
  const sent: Uint8Array[] = [];
  for await (const chunk of request) sent.push(chunk);
  reply.writeHead(201, { 'content-type': 'application/json', 'x-request-id': 'its own' });
  const { method, url, headers } = request;
  reply.end(JSON.stringify({ method, url, host: headers.host, sent: Buffer.concat(sent).toString() }));
});
await new Promise<void>((resolve) => server.listen(socketPath, resolve));
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const tooLarge = () => new FrontdeskError('upstream_too_large');
const question = { method: 'GET', url: '/', headers: {}, body: undefined };

test('it is asked what the operator asked, and its answer is passed on without what is its own', async () => {
  const { status, headers, body } = await askWorker(socketPath, {
    method: 'PUT',
    url: '/admin/log-level?a=b',
    headers: { 'content-type': 'text/plain' },
    body: new TextEncoder().encode('debug'),
  });
  assert.deepEqual(
    [status, headers['content-type'], headers['x-request-id']],
    [201, 'application/json', undefined],
  );
  const said = JSON.parse(new TextDecoder().decode(await collect(body, 1_000, tooLarge)));
  assert.deepEqual(said, { method: 'PUT', url: '/admin/log-level?a=b', host: 'localhost', sent: 'debug' });
});

test('one that breaks off in the midst of an answer has not answered', async () => {
  const { body } = await askWorker(socketPath, { ...question, url: '/breaks' });
  await assert.rejects(collect(body, 1_000, tooLarge));
});

test('an answer that nobody wants is let go', async () => {
  const { body } = await askWorker(socketPath, question);
  body.discard(new Error('nobody wants it'));
});

test('one that is not there is unavailable', async () => {
  await assert.rejects(
    askWorker(join(folder, 'other.sock'), question),
    (error) => error instanceof FrontdeskError && error.code === 'upstream_unavailable',
  );
});

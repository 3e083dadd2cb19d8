import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { requestText } from './http-text.ts';

let url = '';
const server = createServer((request, response) => {
  if (request.url === '/hang') return;
  if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
  else response.end('x'.repeat(100));
});
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test('C54: size, time and redirects are bounded', async () => {
  const { status, text, headers } = await requestText(url);
  assert.deepEqual([status, text, headers['content-length']], [200, 'x'.repeat(100), '100']);
  await assert.rejects(requestText(url, { maxBytes: 99 }), /more than 99 bytes/);
  await assert.rejects(requestText(`${url}/hang`, { timeoutMs: 20 }), /did not answer within 0.02 s/);
  assert.equal((await requestText(`${url}/moved`)).status, 302);
  await assert.rejects(requestText('http://127.0.0.1:1/'), /nothing listens at/);
});

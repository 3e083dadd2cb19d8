import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { readSupergraph } from './supergraph-source.ts';

let url = '';
const server = createServer((request, response) => {
  if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
  else response.end('type Query');
});
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
after(() => server.close());

test('a supergraph comes from a URL or a file', async () => {
  assert.equal(await readSupergraph(url), 'type Query');
  await assert.rejects(readSupergraph(`${url}/moved`), /answered 302: expected the SDL/);
  await assert.rejects(readSupergraph('/none'), /there is no file "\/none"/);
  assert.match(await readSupergraph(import.meta.filename), /a supergraph comes from/);
});

/** The example of gateway/docs/TRACES.md, with a collector that shows what it got. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { startPage } from './example.ts';

async function serve(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return `127.0.0.1:${address.port}`;
}

/** Names of spans as they stand in OTLP's protobuf, without reading the rest: texts that begin with a method. */
function outline(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const route = text.includes('GET /orders/*') ? 'GET /orders/*\n' : '';
  const attempts = text.split('GET orders').length - 1;
  return route + (attempts === 2 ? '  GET orders 503\n  GET orders 200\n' : `${attempts} attempts\n`);
}

test('the page', async (t) => {
  let asked = 0;
  const backend = await serve(t, (request, response) => {
    asked += 1;
    response.writeHead(asked === 1 ? 503 : 200).end(`order ${request.url?.split('/')[2]}\n`);
  });
  const chunks: Buffer[] = [];
  const exported = Promise.withResolvers<void>();
  const collector = await serve(t, (request, response) => {
    if (request.method === 'GET') {
      void exported.promise.then(() => response.end(outline(Buffer.concat(chunks))));
      return;
    }
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(200).end();
      exported.resolve();
    });
  });
  const page = await startPage(t, {
    page: 'TRACES.md',
    config: 'traces.yaml',
    moved: { '127.0.0.1:4101': backend, '127.0.0.1:4318': collector },
  });
  await page.run('try');
});

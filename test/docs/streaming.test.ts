/** The examples of gateway/docs/STREAMING.md, against the demo's live service and one that takes and gives large files. */
import { createServer, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

const CHUNK = Buffer.alloc(64 * 1024);

/** Counts what it is given, and gives as many bytes as its path says. */
async function files(t: TestContext, port: number): Promise<void> {
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      if (request.method !== 'GET') response.end(`${bytes} bytes\n`);
      else void give(response, Number(request.url?.split('/').at(-1)));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

async function give(response: ServerResponse, size: number): Promise<void> {
  for (let left = size; left > 0; left -= CHUNK.length) {
    if (!response.write(CHUNK.subarray(0, Math.min(left, CHUNK.length))))
      await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}

test('the examples of STREAMING.md do what it says', { timeout: 300_000 }, async (t) => {
  const [livePort = 0, filesPort = 0] = await freePorts(2);
  const live = await startService('live', { port: livePort });
  t.after(() => live.close());
  await files(t, filesPort);
  const page = await startPage(t, {
    page: 'STREAMING.md',
    config: 'streaming.yaml',
    moved: { '127.0.0.1:4108': `127.0.0.1:${livePort}`, '127.0.0.1:4200': `127.0.0.1:${filesPort}` },
  });
  for (const title of ['websocket', 'events', 'exchange', 'large', 'metrics'])
    await t.test(title, () => page.run(title));
});

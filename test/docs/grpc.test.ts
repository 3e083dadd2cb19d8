/** The examples of gateway/docs/GRPC.md, against the dispatch service. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { startPage } from './example.ts';

/** Takes a position and answers with a summary, both of them protobuf in bodies of plain HTTP. */
async function tracker(t: Pick<TestContext, 'after'>): Promise<string> {
  const server = createServer(async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    const isMessage = request.headers['content-type'] === 'application/x-protobuf';
    response.writeHead(isMessage ? 200 : 415, { 'content-type': 'application/x-protobuf' });
    // PositionSummary { received: 1, distance_meters: 1110 }; nothing for a position with nothing set.
    response.end(bytes > 0 ? Buffer.from([0x08, 1, 0x10, 0xd6, 0x08]) : undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

describe('GRPC.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const dispatch = await startService('dispatch', { port: 0 });
    t.after(() => dispatch.close());
    const moved = {
      '127.0.0.1:4106': `127.0.0.1:${dispatch.port}`,
      '127.0.0.1:4107': await tracker(t),
    };
    const page = await startPage(t, { page: 'GRPC.md', config: 'grpc.yaml', moved });
    for (const title of ['unary', 'refused', 'failing', 'streams', 'upload', 'bodies']) {
      await t.test(title, () => page.run(title));
    }
  });
});

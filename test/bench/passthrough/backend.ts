/** The REST backend where there is no nginx: `node backend.ts PORT`, 269 bytes of JSON for whatever is asked. */
import { createServer } from 'node:http';
import { REPLY } from './reply.ts';

const bytes = Buffer.from(REPLY);
const server = createServer(({ url = '' }, response) => {
  const caching = url.startsWith('/users/cached') ? 'public, max-age=3600' : 'no-store';
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': caching,
  });
  response.end(bytes);
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.argv[2]), '127.0.0.1');

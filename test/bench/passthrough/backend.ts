/** The REST backend where there is no nginx: `node backend.ts PORT`, 269 bytes of JSON for whatever is asked. */
import { createServer } from 'node:http';
import { REPLY } from './reply.ts';

const bytes = Buffer.from(REPLY);
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
});
server.keepAliveTimeout = 120_000;
server.listen(Number(process.argv[2]), '127.0.0.1');

/** A collector that takes whatever it gets: `node collector.ts PORT`. What it does with spans is not what is measured. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
});
server.listen(Number(process.argv[2]), '127.0.0.1');

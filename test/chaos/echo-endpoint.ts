/**
 * An endpoint of the rolling-replacement test, as a program (`node echo-endpoint.ts NAME`): it prints the port that it
 * listens on, answers each request with its own nonce, and misbehaves as it was told last by `POST /mode/…`.
 */
import { createServer } from 'node:http';

const name = process.argv[2] ?? '';
const SLOW_MS = 400;

let mode = 'well';
let served = 0;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { url = '' } = request;
  request.resume();
  if (url.startsWith('/mode/')) {
    mode = url.slice('/mode/'.length);
    response.end(String(served));
    return;
  }
  served += 1;
  const nonce = new URL(url, 'http://x').searchParams.get('nonce') ?? '';
  if (mode === 'errors') {
    response.writeHead(500).end('broken');
    return;
  }
  const answer = (): void => void response.writeHead(200, { 'x-endpoint': name }).end(`${nonce} `.repeat(50));
  if (mode === 'slow') setTimeout(answer, SLOW_MS);
  else answer();
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') process.stdout.write(`${address.port}\n`);
});

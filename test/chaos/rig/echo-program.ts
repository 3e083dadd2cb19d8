/**
 * The backend of the experiments, as a program (`node echo-program.ts PORT [ADDRESS]`): it prints its port, and answers each
 * request with its nonce and with who asks, as the gateway told it, `lines` times over. It misbehaves as it was told
 * last by `POST /mode/…`, and `GET /stats` tells what came.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const [port = '0', address = '127.0.0.1'] = process.argv.slice(2);
const LINES = 40;

let mode = 'well';
let inFlight = 0;
let peak = 0;
/** When each request came, milliseconds since the epoch. */
let came: number[] = [];

function identityOf({ headers }: IncomingMessage): string {
  return String(headers['x-consumer-id'] ?? headers['x-user-id'] ?? '-');
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://x');
  const lines = Number(url.searchParams.get('lines') ?? LINES);
  const text = `${url.searchParams.get('nonce')}|${identityOf(request)}\n`.repeat(lines);
  const fields = {
    'x-lines': String(lines),
    'x-path': url.pathname,
    'x-port': String(request.socket.localPort),
    'x-was-told': String(request.headers['x-telling'] ?? '-'),
  };
  const framing = url.searchParams.get('framing');
  if (framing === 'close') {
    // Neither length nor chunks: the end of the connection is the end of the body (RFC 9112 §6.3).
    response.socket?.end(
      `HTTP/1.1 200 OK\r\nx-lines: ${lines}\r\nx-path: ${url.pathname}\r\nconnection: close\r\n\r\n${text}`,
    );
    return;
  }
  const length = framing === 'chunked' ? {} : { 'content-length': text.length };
  response.writeHead(200, { ...fields, ...length });
  if (framing === 'chunked') response.write(text.slice(0, text.length / 2));
  response.end(framing === 'chunked' ? text.slice(text.length / 2) : text);
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { url = '' } = request;
  request.resume();
  if (url.startsWith('/mode/')) {
    mode = url.slice('/mode/'.length);
    response.end();
    return;
  }
  if (url === '/stats') {
    response.end(JSON.stringify({ inFlight, peak, came }));
    came = [];
    peak = inFlight;
    return;
  }
  came.push(performance.timeOrigin + performance.now());
  inFlight += 1;
  peak = Math.max(peak, inFlight);
  response.once('close', () => {
    inFlight -= 1;
  });
  const delayMs = mode.startsWith('slow-') ? Number(mode.slice('slow-'.length)) : 0;
  if (mode === 'errors') response.writeHead(500).end('broken');
  else if (delayMs > 0) setTimeout(() => answer(request, response), delayMs);
  else answer(request, response);
});

server.listen(Number(port), address, () => {
  const bound = server.address();
  process.stdout.write(`${typeof bound === 'object' ? bound?.port : ''}\n`);
});
// Without who started it there is nothing to do.
process.stdin.resume().once('end', () => process.exit(0));

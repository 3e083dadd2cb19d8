/**
 * The subgraph `extras` of the chaos tests, as a program (`node misbehaving-subgraph.ts`): it prints the port that it
 * listens on, and answers by the mode that was set last with `POST /mode`.
 */
import { createServer, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

export type Mode =
  | 'well'
  | 'hang'
  | 'html'
  | 'truncated'
  | 'wrong-type'
  | 'too-few'
  | 'not-json'
  | 'flood'
  | 'dribble'
  | 'bomb'
  | 'headers'
  | 'large';

const FLOOD_BYTES = 500 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 'x');
const DRIBBLE_MS = 20;
/** What the largest reply of the 8 MiB case holds. */
export const LARGE_BYTES = 8 * 1024 * 1024;

let mode = 'well';
/** Members of gzip may follow one another (RFC 1952 §2.2): 500 MB of blanks in half a MB, made in no time. */
const MEMBER_BYTES = 1024 * 1024;
const bomb = Buffer.concat(
  Array<Buffer>(FLOOD_BYTES / MEMBER_BYTES).fill(gzipSync(Buffer.alloc(MEMBER_BYTES, ' '))),
);

interface Asked {
  readonly query: string;
  readonly variables?: Readonly<Record<string, readonly { readonly id: string }[]>>;
}

function answerWell({ query, variables }: Asked): unknown {
  const [representations] = Object.values(variables ?? {});
  if (!representations) return { data: { news: query.includes('news') ? 'none' : null } };
  return { data: { _entities: representations.map(({ id }) => ({ __typename: 'Item', extra: `e${id}` })) } };
}

function flood(response: ServerResponse): void {
  let left = FLOOD_BYTES;
  response.write('{"data":{"_entities":[{"__typename":"Item","extra":"');
  const push = (): void => {
    while (left > 0) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) {
        response.once('drain', push);
        return;
      }
    }
    response.end('"}]}}');
  };
  push();
}

function dribble(response: ServerResponse): void {
  response.write('{"data":{"_entities":[');
  const timer = setInterval(() => response.write(' '), DRIBBLE_MS);
  response.once('close', () => clearInterval(timer));
}

function answer(asked: Asked, response: ServerResponse): void {
  const json = { 'content-type': 'application/json' };
  const text = JSON.stringify(answerWell(asked));
  switch (mode) {
    case 'hang':
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>It works!</html>');
      return;
    case 'truncated':
      response.writeHead(200, { ...json, 'content-length': String(text.length) }).write(text.slice(0, -5));
      response.destroy();
      return;
    case 'not-json':
      response.writeHead(200, json).end(text.slice(0, -5));
      return;
    case 'wrong-type':
      response.writeHead(200, json).end(text.replaceAll('"Item"', '"Query"'));
      return;
    case 'too-few':
      response.writeHead(200, json).end('{"data":{"_entities":[]}}');
      return;
    case 'flood':
      flood(response.writeHead(200, json));
      return;
    case 'dribble':
      dribble(response.writeHead(200, json));
      return;
    case 'bomb':
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb);
      return;
    case 'headers':
      response.writeHead(200, { ...json, 'x-long': 'x'.repeat(1024 * 1024) }).end(text);
      return;
    case 'large':
      response.writeHead(200, json).end(JSON.stringify({ data: { news: 'n'.repeat(LARGE_BYTES) } }));
      return;
    default:
      response.writeHead(200, json).end(text);
  }
}

if (import.meta.main) {
  const server = createServer({ maxHeaderSize: 64 * 1024 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    response.on('error', () => {});
    if (request.url === '/mode') {
      mode = text;
      response.end();
      return;
    }
    answer(JSON.parse(text), response);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(typeof address === 'object' ? address?.port : 0);
  });
  process.stdin.resume().once('end', () => process.exit(0));
}

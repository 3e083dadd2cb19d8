/** A backend that answers every request with 200 and keeps what it was asked, as its own strict reader understood it. */
import { createServer, type Server, type Socket } from 'node:net';
import { readStrictly, type StrictRequest } from './strict-http.ts';

export interface Taken {
  readonly requests: readonly StrictRequest[];
  /** What was no sound HTTP, in words: no proxy should ever send such. */
  readonly faults: readonly string[];
}

export interface Echo {
  /** Such as `127.0.0.1:4000`. */
  readonly address: string;
  /** What came since the last call, in the order of its last bytes. */
  take(): Taken;
  /** Resolves when nothing more came for a while; what came is forgotten. */
  quiet(): Promise<void>;
  close(): void;
}

const QUIET_MS = 200;
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\necho';
const ANSWER_WITHOUT_BODY = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\n';

export async function startEcho(): Promise<Echo> {
  const seen: StrictRequest[] = [];
  const faults: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    let unread = '';
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1');
      const { requests, end, fault, readTo } = readStrictly(unread);
      if (end === 'unsound') {
        faults.push(`${fault} in ${JSON.stringify(unread.slice(0, 400))}`);
        socket.destroy();
      }
      unread = unread.slice(readTo);
      for (const request of requests) {
        seen.push(request);
        socket.write(request.method === 'HEAD' ? ANSWER_WITHOUT_BODY : ANSWER);
      }
      if (end === 'closed') socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listening(server);
  return {
    address: `127.0.0.1:${port}`,
    take: () => ({ requests: seen.splice(0), faults: faults.splice(0) }),
    quiet: async () => {
      do {
        seen.length = 0;
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      } while (seen.length > 0);
      faults.length = 0;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

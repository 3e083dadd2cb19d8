/** A token endpoint for tests over a real socket: client credentials and token exchange, as RFC 6749 and RFC 8693 have them. */
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface TokenService {
  readonly origin: string;
  readonly endpoint: string;
  /** Each request's form, with `authorization` where there is one. */
  readonly asked: Readonly<Record<string, string>>[];
  /** Members that replace those of the next answers; `undefined` takes one away. */
  answer: Record<string, unknown>;
  status: number;
  /** Held back until it resolves. */
  held: Promise<void> | undefined;
  close(): void;
}

export async function tokenService(t: { after(clean: () => void): void }): Promise<TokenService> {
  let made = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url?.startsWith('/.well-known/')) {
        response.end(JSON.stringify({ issuer: service.origin, token_endpoint: service.endpoint }));
        return;
      }
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      const { authorization } = request.headers;
      service.asked.push({ ...form, ...(authorization === undefined ? {} : { authorization }) });
      made += 1;
      const subject = form.subject_token === undefined ? '' : `-for-${form.subject_token.slice(-8)}`;
      const answer = {
        access_token: `granted-${made}${subject}`,
        token_type: 'Bearer',
        expires_in: 300,
        ...service.answer,
      };
      const send = (): void => {
        response.writeHead(service.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      };
      if (service.held) void service.held.then(send);
      else send();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  const origin = `http://127.0.0.1:${address.port}`;
  const service: TokenService = {
    origin,
    endpoint: `${origin}/token`,
    asked: [],
    answer: {},
    status: 200,
    held: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  t.after(() => service.close());
  return service;
}

/** An issuer of tokens: its key set over HTTP, which can be garbage, and its keys, which can be rotated. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Caller } from './load.ts';

export class Issuer {
  readonly url: string;
  isGarbage = false;
  readonly #server: Server;
  readonly #published: JWK[] = [];
  #key: { readonly kid: string; readonly privateKey: CryptoKey } | undefined;

  private constructor(name: string, server: Server) {
    this.url = `https://${name}.example`;
    this.#server = server;
    server.on('request', (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(this.isGarbage ? '{"keys": [<html>' : JSON.stringify({ keys: this.#published }));
    });
  }

  static async start(name: string): Promise<Issuer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = new Issuer(name, server);
    await issuer.rotate();
    return issuer;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** A further key, which signs from now on; the old ones stay published. */
  async rotate(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const kid = `k${this.#published.length + 1}`;
    this.#published.push({ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
    this.#key = { kid, privateKey };
  }

  /** A caller with a token of its own, by the newest key. */
  async caller(subject: string, expiresInS = 600): Promise<Caller> {
    if (!this.#key) throw new Error('an issuer has a key');
    const nowS = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: this.#key.kid, typ: 'at+jwt' })
      .setIssuer(this.url)
      .setAudience('chaos')
      .setSubject(subject)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + expiresInS)
      .sign(this.#key.privateKey);
    return { identity: subject, head: `Authorization: Bearer ${token}\r\n` };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

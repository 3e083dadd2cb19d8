/** A backend for tests that believes nobody but the signature: it verifies identity tokens as any service would, with jose. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';

export interface VerifyingBackend {
  readonly url: string;
  /** Requests as they came. */
  readonly came: IncomingHttpHeaders[];
  /** Where the keys are; set once the gateway listens. */
  jwks: string;
  /** Its own clock, where it is another. */
  now: Date | undefined;
}

export interface Verified {
  readonly claims?: JWTPayload;
  readonly error?: string;
}

/** Answers with the claims it verified, or 401 and why not. */
export async function verifyingBackend(
  t: { after(clean: () => void): void },
  { audience, issuer = 'frontdesk' }: { readonly audience: string; readonly issuer?: string },
): Promise<VerifyingBackend> {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  const verify = async (token: string | undefined): Promise<Verified> => {
    if (token === undefined) return { error: 'no token' };
    keys ??= createRemoteJWKSet(new URL(backend.jwks), { cooldownDuration: 0 });
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        typ: 'frontdesk-identity+jwt',
        algorithms: ['EdDSA'],
        requiredClaims: ['sub', 'exp', 'iat', 'jti'],
        ...(backend.now ? { currentDate: backend.now } : {}),
      });
      return { claims: payload };
    } catch (error) {
      return { error: error instanceof errors.JOSEError ? error.code : String(error) };
    }
  };
  const server = createServer((request, response) => {
    backend.came.push(request.headers);
    const field =
      request.headers['x-identity-token'] ?? request.headers.authorization?.slice('Bearer '.length);
    void verify(Array.isArray(field) ? field.join() : field).then((verified) => {
      response.statusCode = verified.claims ? 200 : 401;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(verified));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  const backend: VerifyingBackend = {
    url: `http://127.0.0.1:${address.port}`,
    came: [],
    jwks: '',
    now: undefined,
  };
  return backend;
}

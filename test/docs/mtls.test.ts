/** The examples of gateway/docs/MTLS.md: clients with certificates, bound tokens, and a proxy that tells of certificates. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { freePorts } from '../stack/ports.ts';
import { makeCertificates, revoke } from './certificates.ts';
import { startPage } from './example.ts';

/** A backend that says who asks, and an issuer's keys. */
async function serve(
  t: TestContext,
  port: number,
  answer: (url: string, consumer: string) => string,
): Promise<void> {
  const server = createServer(({ url = '', headers }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(answer(url, String(headers['x-consumer-id'] ?? headers['x-user-id'])));
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  t.after(() => void server.close());
}

test('the examples of MTLS.md do what it says', { timeout: 300_000 }, async (t) => {
  const folder = makeCertificates('MTLS.md', 'mtls.yaml', {
    gateway: 'DNS:localhost,IP:127.0.0.1',
    acme: 'URI:spiffe://example/acme',
    nobody: 'URI:spiffe://example/nobody',
    revoked: 'URI:spiffe://example/acme',
  });
  revoke(folder, 'revoked');
  const [orders = 0, issuer = 0] = await freePorts(2);
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] });
  await serve(t, orders, (url, consumer) => `${url} for ${consumer}\n`);
  await serve(t, issuer, () => jwks);
  const { raw } = new X509Certificate(readFileSync(join(folder, 'acme.pem')));
  const thumbprint = createHash('sha256').update(raw).digest('base64url');
  const token = await new SignJWT({ cnf: { 'x5t#S256': thumbprint } })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
    .setIssuer('https://issuer.example')
    .setAudience('frontdesk')
    .setSubject('u1')
    .setExpirationTime('5m')
    .sign(privateKey);
  const moved = { '127.0.0.1:4101': `127.0.0.1:${orders}`, '127.0.0.1:4102': `127.0.0.1:${issuer}` };
  const env = { TOKEN: token };
  const page = await startPage(t, { page: 'MTLS.md', config: 'mtls.yaml', secure: true, moved, env });
  for (const title of ['orders', 'bound']) await t.test(title, () => page.run(title));
  const behind = await startPage(t, { page: 'MTLS.md', config: 'behind.yaml', moved });
  await t.test('forwarded', () => behind.run('forwarded'));
});

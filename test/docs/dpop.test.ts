/** The examples of gateway/docs/DPOP.md: a client with a key, an issuer that binds tokens to it. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

async function serve(
  t: TestContext,
  port: number,
  answer: (url: string, user: string) => string,
): Promise<void> {
  const server = createServer(({ url = '', headers }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(answer(url, String(headers['x-user-id'])));
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

test('the examples of DPOP.md do what it says', { timeout: 300_000 }, async (t) => {
  const [orders = 0, issuer = 0] = await freePorts(2);
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] });
  await serve(t, orders, (url, user) => `${url} for ${user}\n`);
  await serve(t, issuer, () => jwks);
  const client = await generateKeyPair('ES256', { extractable: true });
  const key = await exportJWK(client.privateKey);
  const token = await new SignJWT({ cnf: { jkt: await calculateJwkThumbprint(key) } })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })
    .setIssuer('https://issuer.example')
    .setAudience('frontdesk')
    .setSubject('u1')
    .setExpirationTime('5m')
    .sign(privateKey);
  const moved = { '127.0.0.1:4101': `127.0.0.1:${orders}`, '127.0.0.1:4102': `127.0.0.1:${issuer}` };
  for (const [config, title] of [
    ['dpop.yaml', 'bound'],
    ['nonce.yaml', 'nonce'],
  ] as const) {
    const page = await startPage(t, { page: 'DPOP.md', config, moved, env: { TOKEN: token } });
    writeFileSync(join(page.folder, 'key.json'), JSON.stringify(key));
    await t.test(title, () => page.run(title));
  }
});

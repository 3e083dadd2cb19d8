/** The examples of gateway/docs/BACKENDS.md, with a real identity provider and backends that verify what they get. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { startService } from '@frontdesk/subgraphs-mock';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

async function serve(t: TestContext, port: number, handle: RequestListener): Promise<void> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

/** Verifies identity tokens by the gateway's keys, as the page says. */
function verifying(keysAt: () => string): (token: string | undefined) => Promise<string> {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return async (token) => {
    if (token === undefined) return 'nobody, verified';
    keys ??= createRemoteJWKSet(new URL(keysAt()));
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: 'https://api.example',
        audience: 'orders',
        typ: 'frontdesk-identity+jwt',
        algorithms: ['EdDSA'],
      });
      return `${payload.sub} by ${payload.scheme}, verified`;
    } catch {
      return 'refused';
    }
  };
}

/** RFC 8693, for one audience. */
const exchanging: RequestListener = (request, response) => {
  void formOf(request).then((form) => {
    const isClient = request.headers.authorization === `Basic ${btoa('frontdesk:demo-secret')}`;
    const isSound =
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange' &&
      decodeJwt(form.get('subject_token') ?? '').sub === '41';
    response.writeHead(isClient && isSound ? 200 : 400, { 'content-type': 'application/json' });
    const answer = {
      access_token: `exchanged-for-${form.get('audience')}`,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 60,
    };
    const refusal = { error: 'invalid_request', error_description: `no good: ${form}` };
    response.end(JSON.stringify(isClient && isSound ? answer : refusal));
  });
};

test('the examples of BACKENDS.md do what it says', { timeout: 300_000 }, async (t) => {
  const [idp = 0, orders = 0, stock = 0, plain = 0, tokens = 0] = await freePorts(5);
  const provider = await startService('idp', { port: idp });
  t.after(() => provider.close());
  let gateway = '';
  const verify = verifying(() => `${gateway}/.well-known/jwks.json`);
  await serve(t, orders, ({ headers }, response) => {
    const token = headers['x-identity-token'];
    void verify(Array.isArray(token) ? token.join() : token).then((said) => response.end(`${said}\n`));
  });
  await serve(t, stock, ({ headers }, response) => {
    const { client_id, scope } = decodeJwt(headers.authorization?.slice('Bearer '.length) ?? '');
    response.end(`asked by ${client_id} with ${scope}\n`);
  });
  await serve(t, plain, ({ headers }, response) => response.end(`${headers.authorization}\n`));
  await serve(t, tokens, exchanging);
  const page = await startPage(t, {
    page: 'BACKENDS.md',
    config: 'backends.yaml',
    moved: {
      '127.0.0.1:4100': `127.0.0.1:${idp}`,
      '127.0.0.1:4101': `127.0.0.1:${orders}`,
      '127.0.0.1:4102': `127.0.0.1:${stock}`,
      '127.0.0.1:4103': `127.0.0.1:${plain}`,
      '127.0.0.1:4104': `127.0.0.1:${tokens}`,
    },
  });
  gateway = page.gateway.url;
  for (const title of ['oauth', 'exchange', 'identity']) await t.test(title, () => page.run(title));
  assert.doesNotMatch(page.gateway.output(), /demo-secret|exchanged-for|eyJ/);
});

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { recordedTerminal } from './testing.fixture.ts';
import { token } from './token.ts';

let issuer = '';
let status = 200;
let answer = '{}';
const seen: { body: string; authorization: string | undefined }[] = [];
const provider = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    seen.push({
      body: `${request.method} ${request.url} ${body}`,
      authorization: request.headers.authorization,
    });
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  });
});

before(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const address = provider.address();
  const isTcp = (value: typeof address): value is AddressInfo => typeof value === 'object' && value !== null;
  assert.ok(isTcp(address));
  issuer = `http://127.0.0.1:${address.port}`;
});
after(() => provider.close());

test('the token stands alone on standard output', async () => {
  status = 200;
  answer = '{"access_token":"abc.def.ghi"}';
  const terminal = recordedTerminal();
  const options = { sub: 'u1', scope: ['a:read', 'b'], role: ['r'], tenant: 't', issuer, client: 'demo-cli' };
  assert.equal(await token(options, terminal), 0);
  assert.equal(terminal.stdout(), 'abc.def.ghi\n');
  assert.equal(
    seen.at(-1)?.body,
    'POST /token grant_type=urn%3Afrontdesk%3Ademo&sub=u1&scope=a%3Aread+b&roles=r&tenant=t&client_id=demo-cli',
  );
});

test('a client with a secret shows it as Basic credentials', async () => {
  const options = { sub: 'u1', issuer, client: 'acme', clientSecret: 's:1' };
  assert.equal(await token(options, recordedTerminal()), 0);
  assert.equal(seen.at(-1)?.authorization, `Basic ${Buffer.from('acme:s%3A1').toString('base64')}`);
});

test('a refusal says why, on standard error', async () => {
  status = 400;
  answer = '{"error":"invalid_request","error_description":"no such user"}';
  const terminal = recordedTerminal();
  assert.equal(await token({ sub: 'x', issuer, client: 'demo-cli' }, terminal), 1);
  assert.match(terminal.stderr(), /answered 400: no such user/);
  assert.equal(terminal.stdout(), '');
});

test('a provider that is not there', async () => {
  const terminal = recordedTerminal();
  assert.equal(await token({ sub: 'x', issuer: 'http://127.0.0.1:1', client: 'c' }, terminal), 1);
  assert.match(terminal.stderr(), /nothing listens at http:\/\/127.0.0.1:1\/token/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Handler, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { corsConfig } from '../wire/trust/cors-config.ts';
import { cors, preflightMethod } from './cors.ts';

const APP = 'https://app.example';

function corsOf(config: object, methods?: readonly string[]) {
  const made = cors(corsConfig.parse({ origins: [APP, 'https://*.shop.example'], ...config }), methods);
  assert.ok(made);
  return made;
}

function replying(...flat: string[]): Handler {
  return async () => makeReply(200, new HeaderFields(flat), emptyBody);
}

async function answered(
  config: object,
  headers: Record<string, string>,
  next = replying(),
): Promise<Record<string, string>> {
  const { exchange } = makeExchange({ headers });
  const reply = await corsOf(config).step(exchange, next);
  return Object.fromEntries(reply.headers);
}

async function preflighted(
  config: object,
  headers: Record<string, string>,
  methods?: readonly string[],
): Promise<Record<string, string>> {
  const { exchange } = makeExchange({
    method: 'OPTIONS',
    headers: { origin: APP, 'access-control-request-method': 'PUT', ...headers },
  });
  const reply = await corsOf(config, methods).preflight(exchange);
  assert.equal(reply.status, 204);
  return Object.fromEntries(reply.headers);
}

test('a page that may read is named, with what it may read; a page that may not is not', async () => {
  assert.deepEqual(await answered({ exposeHeaders: ['X-Total'] }, { origin: APP }), {
    vary: 'Origin',
    'access-control-allow-origin': APP,
    'access-control-expose-headers': 'x-total',
  });
  for (const origin of [
    'https://evil.test',
    'null',
    'http://app.example',
    '',
    'https://app.example.evil.test',
  ]) {
    assert.deepEqual(await answered({}, { origin }), { vary: 'Origin' }, origin);
  }
  assert.deepEqual(await answered({}, {}), { vary: 'Origin' });
});

test('with credentials the origin is named and never *', async () => {
  const fields = await answered(
    { credentials: true, exposeHeaders: [] },
    { origin: 'https://a.shop.example' },
  );
  assert.equal(fields['access-control-allow-origin'], 'https://a.shop.example');
  assert.equal(fields['access-control-allow-credentials'], 'true');
});

test('for everybody the answer is the same, so it varies by nothing', async () => {
  const everybody = { origins: ['*'], exposeHeaders: [] };
  assert.deepEqual(await answered(everybody, { origin: 'https://any.test' }), {
    'access-control-allow-origin': '*',
  });
  assert.deepEqual(await answered(everybody, {}), { 'access-control-allow-origin': '*' });
});

test('null is a page without an origin, where it is named', async () => {
  const fields = await answered({ origins: ['null'], exposeHeaders: [] }, { origin: 'null' });
  assert.equal(fields['access-control-allow-origin'], 'null');
});

test('what a backend says of it does not count', async () => {
  const next = replying(
    'access-control-allow-origin',
    '*',
    'access-control-allow-credentials',
    'true',
    'vary',
    'Accept',
  );
  assert.deepEqual(await answered({ exposeHeaders: [] }, { origin: APP }, next), {
    vary: 'Accept, Origin',
    'access-control-allow-origin': APP,
  });
  assert.deepEqual(await answered({}, { origin: 'https://evil.test' }, next), { vary: 'Accept, Origin' });
});

test('two origins are none', async () => {
  const { exchange } = makeExchange();
  exchange.headers.flat.push('origin', APP, 'origin', 'https://evil.test');
  const reply = await corsOf({}).step(exchange, replying());
  assert.deepEqual([...reply.headers], [['vary', 'Origin']]);
});

test('a page can read why it was refused', async () => {
  for (const code of [
    'unauthenticated',
    'forbidden',
    'rate_limited',
    'upstream_timeout',
    'internal',
  ] as const) {
    const { exchange } = makeExchange({ headers: { origin: APP } });
    const next = (): Promise<never> =>
      Promise.reject(new FrontdeskError(code, { retryAfterS: 3, headers: [['www-authenticate', 'Bearer']] }));
    await assert.rejects(corsOf({ exposeHeaders: [] }).step(exchange, next), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, code);
      assert.equal(error.retryAfterS, 3);
      assert.deepEqual(error.headers, [
        ['www-authenticate', 'Bearer'],
        ['vary', 'Origin'],
        ['access-control-allow-origin', APP],
      ]);
      return true;
    });
  }
});

test('a preflight is told what the route takes', async () => {
  const fields = await preflighted(
    { credentials: true, maxAge: '90s' },
    { 'access-control-request-headers': 'authorization,content-type' },
    ['GET', 'PUT'],
  );
  assert.deepEqual(fields, {
    'access-control-allow-origin': APP,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, PUT, HEAD',
    'access-control-allow-headers': 'authorization,content-type',
    'access-control-max-age': '90',
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  });
  assert.equal((await preflighted({}, {}))['access-control-allow-methods'], 'PUT');
  assert.equal((await preflighted({}, {}))['access-control-allow-headers'], undefined);
});

test('a preflight is told the configured fields, whatever it asks for', async () => {
  const fields = await preflighted(
    { requestHeaders: ['Authorization', 'x-a'] },
    { 'access-control-request-headers': 'x-evil' },
  );
  assert.equal(fields['access-control-allow-headers'], 'authorization, x-a');
});

test('a private network opens where it is configured and asked for', async () => {
  const asks = { 'access-control-request-private-network': 'true' };
  const name = 'access-control-allow-private-network';
  assert.equal((await preflighted({ privateNetwork: true }, asks))[name], 'true');
  assert.equal((await preflighted({ privateNetwork: true }, {}))[name], undefined);
  assert.equal((await preflighted({}, asks))[name], undefined);
});

test('a preflight of a page that may not, for a method that is not there or of strange fields is refused', async () => {
  const asked = 'access-control-request-headers';
  for (const [headers, methods] of [
    [{ origin: 'https://evil.test' }],
    [{ origin: 'null' }],
    [{}, ['GET']],
    [{ 'access-control-request-method': 'put' }, ['PUT']],
    [{ [asked]: 'x-a\u0000' }],
    [{ [asked]: 'x a' }],
    [{ [asked]: ',' }],
    [{ [asked]: Array.from({ length: 1_000 }, (_, i) => `x-${i}`).join(',') }],
  ] as const) {
    await assert.rejects(preflighted({}, headers, methods), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, 'forbidden');
      assert.deepEqual(
        error.headers.map(([name]) => name),
        ['vary'],
      );
      return true;
    });
  }
});

test('a preflight is OPTIONS with an origin and a method', () => {
  const method = (options: Parameters<typeof makeExchange>[0]) =>
    preflightMethod(makeExchange(options).exchange);
  const headers = { origin: APP, 'access-control-request-method': 'PUT' };
  assert.equal(method({ method: 'OPTIONS', headers }), 'PUT');
  assert.equal(method({ method: 'GET', headers }), undefined);
  assert.equal(method({ method: 'OPTIONS', headers: { origin: APP } }), undefined);
  assert.equal(method({ method: 'OPTIONS', headers: { 'access-control-request-method': 'PUT' } }), undefined);
});

test('without a configuration there is no step', () => {
  assert.equal(cors(undefined, undefined), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { errorBoundary } from './error-boundary.ts';
import { securityHeaders, securityHeadersConfig } from './security-headers.ts';

interface Asked {
  readonly scheme?: 'http' | 'https';
  readonly status?: number;
  readonly refused?: FrontdeskError;
}

async function fields(config: unknown, said: readonly string[], asked: Asked = {}) {
  const step = securityHeaders(securityHeadersConfig.parse(config));
  assert.ok(step);
  const { exchange } = makeExchange();
  exchange.client = { ...exchange.client, scheme: asked.scheme ?? 'http' };
  const reply = await step(exchange, (inner) =>
    errorBoundary(noLogger)(inner, async () => {
      if (asked.refused) throw asked.refused;
      return makeReply(asked.status ?? 200, new HeaderFields([...said]), emptyBody);
    }),
  );
  return Object.fromEntries(reply.headers);
}

test('by default types are what they say, and https stays https', async () => {
  assert.deepEqual(await fields({}, []), { 'x-content-type-options': 'nosniff' });
  assert.deepEqual(await fields({}, [], { scheme: 'https' }), {
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=31536000',
  });
  const hsts = { hsts: { maxAge: '1h', includeSubDomains: true, preload: true } };
  const told = await fields(hsts, [], { scheme: 'https' });
  assert.equal(told['strict-transport-security'], 'max-age=3600; includeSubDomains; preload');
  assert.deepEqual(await fields({ hsts: 'off', contentTypeOptions: 'off' }, [], { scheme: 'https' }), {});
});

test('what a backend says stays, unless it is forced', async () => {
  const config = { frameOptions: 'DENY', more: { 'X-Robots-Tag': 'none' } };
  const said = ['x-frame-options', 'SAMEORIGIN', 'x-robots-tag', 'all', 'content-security-policy', 'a'];
  const kept = await fields(config, said);
  assert.equal(kept['x-frame-options'], 'SAMEORIGIN');
  assert.equal(kept['x-robots-tag'], 'all');
  const forced = await fields({ ...config, contentSecurityPolicy: 'b', force: true }, said);
  assert.equal(forced['x-frame-options'], 'DENY');
  assert.equal(forced['x-robots-tag'], 'none');
  assert.equal(forced['content-security-policy'], 'b');
});

test('our own refusals load nothing and are framed by nobody, whatever holds for pages', async () => {
  for (const force of [false, true]) {
    const config = { contentSecurityPolicy: "default-src 'self'", force };
    const told = await fields(config, [], { refused: new FrontdeskError('forbidden') });
    assert.equal(told['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    assert.equal(told['x-content-type-options'], 'nosniff');
  }
});

test('B40: what tells of the inside leaves with no answer', async () => {
  const said = ['x-debug-host', 'db-1', 'x-debug', '1', 'x-trace', 't', 'etag', '"1"'];
  assert.deepEqual(await fields({ contentTypeOptions: 'off', remove: ['X-Debug-*', 'x-trace'] }, said), {
    'x-debug': '1',
    etag: '"1"',
  });
});

test('a connection that becomes a WebSocket is told nothing', async () => {
  assert.deepEqual(await fields({}, ['upgrade', 'websocket'], { status: 101 }), { upgrade: 'websocket' });
});

test('off is no step, and a field that would break the head is a fault', () => {
  assert.equal(securityHeaders('off'), undefined);
  assert.equal(securityHeadersConfig.safeParse({ contentSecurityPolicy: 'a\r\nb: c' }).success, false);
  assert.equal(securityHeadersConfig.safeParse({ remove: ['a b'] }).success, false);
});

test("a problem that a backend tells is the backend's, policy and all", async () => {
  const said = ['content-type', 'application/problem+json', 'content-security-policy', 'default-src a'];
  assert.equal((await fields({}, said, { status: 404 }))['content-security-policy'], 'default-src a');
});

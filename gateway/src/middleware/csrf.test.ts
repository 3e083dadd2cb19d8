import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { coded } from '../core/testing/errors.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { csrf } from './csrf.ts';

const step = csrf(['https://app.example']);
const pass = async () => makeReply(200, new HeaderFields(), emptyBody);
const send = (method: string, headers: Record<string, string>, scheme = 'session') =>
  step(makeExchange({ method, headers, identity: makeIdentity({ scheme }) }).exchange, pass);

test('a change by a session must come from a page of ours', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE']) {
    assert.equal((await send(method, { 'sec-fetch-site': 'same-origin' })).status, 200);
    assert.equal((await send(method, { origin: 'https://app.example' })).status, 200);
    await assert.rejects(send(method, { 'sec-fetch-site': 'cross-site' }), coded('forbidden'));
    await assert.rejects(send(method, { 'sec-fetch-site': 'same-site' }), coded('forbidden'));
    await assert.rejects(send(method, { origin: 'null' }), coded('forbidden'));
    await assert.rejects(send(method, {}), coded('forbidden'));
  }
});

test('a handshake is a change, although it is a GET', async () => {
  const handshake = (headers: Record<string, string>, scheme = 'session') => {
    const { exchange } = makeExchange({ headers, identity: makeIdentity({ scheme }) });
    return step({ ...exchange, dispatch: pass }, pass);
  };
  assert.equal((await handshake({ origin: 'https://app.example' })).status, 200);
  assert.equal((await handshake({ origin: 'https://partner.example' }, 'jwt')).status, 200);
  for (const origin of ['https://evil.example', 'http://app.example', 'null'])
    await assert.rejects(handshake({ origin }), coded('forbidden'));
});

test('reads pass, and so do credentials that no browser adds by itself', async () => {
  assert.equal((await send('GET', { 'sec-fetch-site': 'cross-site' })).status, 200);
  assert.equal((await send('POST', { 'sec-fetch-site': 'cross-site' }, 'jwt')).status, 200);
});

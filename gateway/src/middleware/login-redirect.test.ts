import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { coded } from '../core/testing/errors.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { loginRedirect } from './login-redirect.ts';

const step = loginRedirect('/auth/login');
const nobody = () =>
  Promise.reject(new FrontdeskError('unauthenticated', { headers: [['set-cookie', 'fd=; Max-Age=0']] }));

test('a person on the way to a page is taken to the login, with the page to come back to', async () => {
  const { exchange } = makeExchange({ target: '/page?a=b&c=d', headers: { accept: 'text/html' } });
  const { status, headers } = await step(exchange, nobody);
  assert.deepEqual([status, headers.get('location')], [302, '/auth/login?return_to=%2Fpage%3Fa%3Db%26c%3Dd']);
  assert.equal(headers.get('set-cookie'), 'fd=; Max-Age=0');
});

test('a script, a change and any other failure are answered as ever', async () => {
  const script = makeExchange({ headers: { 'sec-fetch-mode': 'cors', accept: 'text/html' } }).exchange;
  await assert.rejects(step(script, nobody), coded('unauthenticated'));
  const change = makeExchange({ method: 'POST', headers: { accept: 'text/html' } }).exchange;
  await assert.rejects(step(change, nobody), coded('unauthenticated'));
  const page = makeExchange({ headers: { accept: 'text/html' } }).exchange;
  const gone = () => Promise.reject(new FrontdeskError('upstream_unavailable'));
  await assert.rejects(step(page, gone), coded('upstream_unavailable'));
});

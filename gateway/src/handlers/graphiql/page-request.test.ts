import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange } from '../../core/testing/exchange.ts';
import { wantsPage } from './page-request.ts';

const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const wants = (accept: string | undefined, target = '/graphql', method = 'GET') =>
  wantsPage(makeExchange({ method, target, headers: accept === undefined ? {} : { accept } }).exchange);

test('whoever goes to the address with a browser gets the page', () => {
  assert.equal(wants(CHROME), true);
  assert.equal(wants('TEXT/HTML'), true);
  assert.equal(wants(CHROME, '/graphql', 'HEAD'), true);
  assert.equal(wants(CHROME, '/graphql?theme=dark'), true);
});

test('clients get the graph, whatever they leave out', () => {
  for (const accept of [undefined, '', '*/*', 'text/*', 'application/json', 'text/event-stream']) {
    assert.equal(wants(accept), false, accept);
  }
  assert.equal(wants('application/json, text/html;q=0.5'), false);
  assert.equal(wants('application/graphql-response+json, text/html'), false);
  assert.equal(wants('multipart/mixed;deferSpec=20220824, text/html'), false);
  assert.equal(wants('text/html;q=0, */*'), false);
  assert.equal(wants(CHROME, '/graphql', 'POST'), false);
  assert.equal(wants(CHROME, '/graphql', 'OPTIONS'), false);
});

test('an operation in the address is executed, also for a browser', () => {
  assert.equal(wants(CHROME, '/graphql?query={me{id}}'), false);
  assert.equal(wants(CHROME, '/graphql?documentId=sha256%3Aab'), false);
  assert.equal(wants(CHROME, '/graphql?extensions={}'), false);
  assert.equal(wants(CHROME, '/graphql?id=7'), false);
});

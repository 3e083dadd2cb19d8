import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import {
  connectionFault,
  connectionNominations,
  isHopByHop,
  MAX_CONNECTION_TOKENS,
  readsAsHopByHop,
} from './hop-by-hop.ts';

test('RFC 9110 §7.6.1: the fixed set and Proxy-* are hop-by-hop, end-to-end fields are not', () => {
  for (const name of ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']) {
    assert.equal(isHopByHop(name), true, name);
  }
  for (const name of ['proxy-authorization', 'proxy-connection', 'proxy-authenticate']) {
    assert.equal(isHopByHop(name), true, name);
  }
  for (const name of ['content-length', 'host', 'via', 'te-x', 'x-keep-alive', 'proxy-status']) {
    assert.equal(isHopByHop(name), false, name);
  }
});

test('other spellings that a server may read as one of them count where messages are framed anew', () => {
  for (const name of ['transfer_encoding', 'transfer.encoding', 'proxy_authorization', 'keep~alive', 'te']) {
    assert.equal(readsAsHopByHop(name), true, name);
  }
  for (const name of ['x_transfer_encoding', 'proxy_status', 'transferencoding-x', 'a_b']) {
    assert.equal(readsAsHopByHop(name), false, name);
  }
});

test('nominations of several Connection fields are joined, lowered, and lose their options', () => {
  const headers = new HeaderFields([
    'connection',
    'Keep-Alive, X-One',
    'a',
    'b',
    'connection',
    ' x-two ,, close',
  ]);
  assert.deepEqual(connectionNominations(headers), ['x-one', 'x-two']);
  assert.equal(connectionFault(headers), undefined);
});

test('no Connection, or only options, nominates nothing', () => {
  assert.equal(connectionNominations(new HeaderFields(['x', 'y'])), undefined);
  assert.equal(connectionNominations(new HeaderFields(['connection', 'Keep-Alive'])), undefined);
});

test('what frames or authorises a message cannot be nominated', () => {
  for (const name of ['Content-Length', 'Transfer-Encoding', 'Host', 'Authorization']) {
    assert.match(
      connectionFault(new HeaderFields(['connection', `close, ${name}`])) ?? '',
      /Connection lists/,
    );
  }
});

test('a flood of nominations is a fault', () => {
  const many = Array.from({ length: MAX_CONNECTION_TOKENS + 1 }, (_, i) => `x-${i}`).join(',');
  assert.match(connectionFault(new HeaderFields(['connection', many])) ?? '', /101 options/);
});

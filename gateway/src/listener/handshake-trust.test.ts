import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { HandshakeTrust } from './handshake-trust.ts';

function peer(remotePort: number, localAddress = '198.51.100.1') {
  const socket = new Socket();
  const once = socket.once.bind(socket);
  return {
    remoteAddress: '192.0.2.1',
    remotePort,
    localAddress,
    once,
    end: () => void EventEmitter.prototype.emit.call(socket, 'close'),
  };
}

test('a handshake is held to what it began with, once, and forgotten with its connection', () => {
  const trust = new HandshakeTrust();
  const [one, other, gone] = [peer(1), peer(2), peer(3)];
  trust.begin(one, 'a');
  trust.begin(other, 'a');
  trust.begin(gone, 'a');
  assert.equal(trust.isStale(one, 'a'), false);
  assert.equal(trust.isStale(other, 'b'), true);
  assert.equal(trust.isStale(peer(9), 'b'), false);
  assert.equal(trust.size, 1);
  gone.end();
  assert.equal(trust.size, 0);
});

test('one port of a client towards two addresses of ours is two handshakes', () => {
  const trust = new HandshakeTrust();
  const [one, other] = [peer(1), peer(1, '198.51.100.2')];
  trust.begin(one, 'a');
  trust.begin(other, 'b');
  assert.equal(trust.isStale(one, 'b'), true);
  assert.equal(trust.isStale(other, 'b'), false);
  assert.equal(trust.size, 0);
});

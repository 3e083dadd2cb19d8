import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { HandshakeTrust } from './handshake-trust.ts';

function peer(remotePort: number) {
  const socket = new Socket();
  const once = socket.once.bind(socket);
  return {
    remoteAddress: '192.0.2.1',
    remotePort,
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

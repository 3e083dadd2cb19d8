import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Connections, canonicalAddress } from './connections.ts';

describe('connections', () => {
  it('are known by their socket, and say when the last one goes', () => {
    const connections = new Connections();
    const [first, second] = [new Socket(), new Socket()];
    let emptied = 0;
    const made = connections.open(first);
    connections.open(second);
    connections.onEmpty(() => {
      emptied += 1;
    });
    assert.equal(connections.get(first), made);
    assert.equal(connections.size, 2);
    connections.delete(first);
    assert.equal(emptied, 0);
    connections.delete(second);
    connections.open(first);
    connections.delete(first);
    assert.equal(emptied, 1);
  });

  it('all go at once', () => {
    const connections = new Connections();
    const socket = new Socket();
    connections.open(socket);
    connections.destroyAll();
    assert.ok(socket.destroyed);
  });

  it('name an IPv4 client that came through IPv6 as IPv4', () => {
    assert.equal(canonicalAddress('::ffff:10.0.0.1'), '10.0.0.1');
    assert.equal(canonicalAddress('::1'), '::1');
    assert.equal(canonicalAddress('::ffff:0:1'), '::ffff:0:1');
  });

  it('name a neighbour on a link without the name of the link', () => {
    assert.equal(canonicalAddress('fe80::1%eth0'), 'fe80::1');
  });
});

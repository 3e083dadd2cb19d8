import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { deadUrl, rawBackend } from '../testing/harness.ts';
import { makeConnector } from './connector.ts';

function connect(url: string, clock = new ManualClock()) {
  const destination = { address: parseEndpointUrl(url), tls: undefined };
  const events = { opening: false, resetting: false };
  const connector = makeConnector({ clock, connectMs: 1000, events, destination });
  const { promise, resolve, reject } = Promise.withResolvers<{ socket: net.Socket; opening: boolean }>();
  connector({ hostname: '', port: '', protocol: '' }, (...[error, socket]) => {
    if (error) reject(error);
    else if (socket) resolve({ socket, opening: events.opening });
  });
  return { promise, clock, events };
}

test('a connection is handed over while `opening` says so, and its timer is gone', async (t) => {
  const url = await rawBackend(t, () => {});
  const { promise, clock, events } = connect(url);
  const { socket, opening } = await promise;
  assert.equal(opening, true);
  assert.equal(events.opening, false);
  assert.equal(clock.pending, 0);
  socket.destroy();
});

test('a reset is known for what it is while it is told', async (t) => {
  const accepted = Promise.withResolvers<net.Socket>();
  const url = await rawBackend(t, (socket) => accepted.resolve(socket));
  const { promise, events } = connect(url);
  const { socket } = await promise;
  const told = Promise.withResolvers<boolean>();
  socket.on('error', () => told.resolve(events.resetting));
  (await accepted.promise).resetAndDestroy();
  assert.equal(await told.promise, true);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(events.resetting, false);
});

test('a refused connection is an error, once', async () => {
  const { promise, clock } = connect(await deadUrl());
  await assert.rejects(promise, /ECONNREFUSED/);
  assert.equal(clock.pending, 0);
});

test('a handshake that goes nowhere ends with the connect timeout', async (t) => {
  const accepted = Promise.withResolvers<net.Socket>();
  const url = await rawBackend(t, (socket) => accepted.resolve(socket));
  const { promise, clock } = connect(url.replace('http:', 'https:'));
  await accepted.promise;
  clock.advance(1000);
  await assert.rejects(promise, /could not be reached/);
});

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { systemContext } from '../outgoing/system-context.ts';
import { deadUrl, rawBackend } from '../testing/harness.ts';
import { tcpProbe } from './health-tcp.ts';

function probeOf(url: string, connected: 'connect' | 'secureConnect' = 'connect') {
  const { hostname, port } = new URL(url);
  return tcpProbe(() => net.connect(Number(port), hostname), connected);
}

test('a connection is enough, and is closed again', async (t) => {
  const closed = Promise.withResolvers<void>();
  const url = await rawBackend(t, (socket) => socket.once('close', () => closed.resolve()));
  const context = systemContext({ clock: systemClock, deadlineMs: 2000 });
  await probeOf(url)(context);
  context.deadline.end();
  await closed.promise;
});

test('nobody there is no connection', async () => {
  const context = systemContext({ clock: systemClock, deadlineMs: 2000 });
  await assert.rejects(probeOf(await deadUrl())(context), /ECONNREFUSED/);
  context.deadline.end();
});

test('one that does not come about in time is given up', async (t) => {
  const url = await rawBackend(t, () => {});
  const context = systemContext({ clock: systemClock, deadlineMs: 20 });
  // Plain TCP never says that TLS is there.
  await assert.rejects(probeOf(url, 'secureConnect')(context));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { deadUrl } from '../testing/harness.ts';
import { http2Backend } from './http2.fixture.ts';
import { Session } from './http2-session.ts';

function open(url: string): {
  session: Session;
  room: Promise<void>;
  gone: Promise<FrontdeskError | undefined>;
} {
  const room = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<FrontdeskError | undefined>();
  const destination = { address: parseEndpointUrl(url), tls: undefined };
  const times = { clock: systemClock, connectMs: 1000, keepAliveMs: 1000 };
  const session = new Session(
    { ...times, destination, maxHeaderBytes: 1000, alpn: ['h2'] },
    { onRoom: () => room.resolve(), onGone: (_, error) => gone.resolve(error), onHttp1: () => false },
  );
  return { session, room: room.promise, gone: gone.promise };
}

test('it has room once the backend’s settings came, and none when it leaves', async (t) => {
  const { url } = await http2Backend(t, () => {});
  const { session, room, gone } = open(url);
  assert.equal(session.opening, true);
  assert.equal(session.hasRoom, false);
  await room;
  assert.equal(session.opening, false);
  assert.equal(session.hasRoom, true);
  session.leave();
  assert.equal(session.hasRoom, false);
  assert.equal(await gone, undefined);
  await new Promise<void>((resolve) => session.onClosed(resolve));
});

test('it says why it never opened', async () => {
  const { gone } = open(await deadUrl());
  assert.match((await gone)?.detail ?? '', /ECONNREFUSED/);
});

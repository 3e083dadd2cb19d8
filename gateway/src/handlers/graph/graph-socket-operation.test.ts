import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { served, subscribe } from './graph-socket.fixture.ts';
import { until } from './graph-streams.fixture.ts';

test('each operation is an exchange of its own, with an id and a line in the log', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened({ 'x-request-id': 'mine' });
  peer.say(subscribe('1', '{ hello }'), subscribe('2', '{ hello }'));
  await until(() => server.lines.length === 2);
  const ids = server.lines.map(({ id, status, route }) => {
    assert.equal(status, 200);
    assert.equal(route, '/graphql');
    return id;
  });
  assert.equal(new Set(ids).size, 2);
  assert.ok(!ids.includes('mine'));
  peer.socket.close();
  await until(() => server.lines.length === 3);
  assert.equal(server.lines[2]?.status, 101);
  assert.equal(server.lines[2]?.id, 'mine');
});

test('complete ends the source; so does leaving', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1'), subscribe('2'));
  const [first, second] = [await server.graph.source(), await server.graph.source()];
  peer.say({ id: '1', type: 'complete' });
  await first.returned;
  peer.say(subscribe('1'));
  const again = await server.graph.source();
  peer.socket.terminate();
  await Promise.all([second.returned, again.returned]);
  await until(() => server.lines.filter(({ outcome }) => outcome === 'aborted').length === 3);
  assert.equal(server.counts.size, 0);
  assert.equal(server.generation.size, 0);
});

test('what fails inside is told without a secret, and ends that operation alone', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1', '{ throws }'));
  const internal = [{ message: 'Something went wrong', extensions: { code: 'INTERNAL' } }];
  await peer.gets({ id: '1', type: 'error', payload: internal });
  peer.say(subscribe('2'));
  (await server.graph.source()).push(new Error('10.0.0.1'));
  await peer.gets({ id: '2', type: 'error', payload: internal });
  peer.say({ type: 'ping' });
  await peer.gets({ type: 'pong' });
});

test('M167 a client that does not read holds back its sources, and is cut off', async (t) => {
  const { server, opened } = await served(t, {
    subscriptions: { webSocket: { sendTimeout: '300ms' } },
  });
  const peer = await opened();
  peer.say(subscribe('1'));
  const source = await server.graph.source();
  peer.socket.pause();
  const payload = JSON.stringify({ data: 'x'.repeat(65_536) });
  source.push(...new Array<string>(2_000).fill(payload));
  await source.returned;
  assert.ok(source.taken < 2_000, `${source.taken} were taken`);
});

test('M167 a large answer to a client that reads is no reason to cut it off', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1'));
  const payload = JSON.stringify({ data: 'x'.repeat(3_000_000) });
  (await server.graph.source()).push(payload, payload, payload, undefined);
  await until(() => peer.messages.length === 4);
  assert.equal(peer.closed, undefined);
});

test('the reload’s grace ends an operation, not its socket', async (t) => {
  const { server, opened } = await served(t);
  const peer = await opened();
  peer.say(subscribe('1'));
  await server.graph.source();
  server.generation.endAll(new FrontdeskError('stream_ended'), 0);
  await peer.gets({
    id: '1',
    type: 'error',
    payload: [{ message: 'The stream is over; begin it again', extensions: { code: 'STREAM_ENDED' } }],
  });
  assert.equal(peer.closed, undefined);
});

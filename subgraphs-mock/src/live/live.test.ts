import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { createDataset } from '../data/dataset.ts';
import { type RunningService, startService } from '../index.ts';

const trips = [...createDataset().trips.values()];
const moving = trips.find(({ status }) => status === 'REQUESTED')?.id ?? '';
const ended = trips.find(({ status }) => status === 'COMPLETED')?.id ?? '';

let service: RunningService;
before(async () => {
  service = await startService('live', { port: 0 });
});
after(() => service.close());

const steer = (path: string, body?: unknown) =>
  fetch(`${service.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body ?? {}),
    headers: { 'content-type': 'application/json' },
  });

async function talk(t: TestContext, protocols: string[] = []) {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/positions`, protocols);
  t.after(() => socket.terminate());
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data, binary) => messages.push(binary ? { binary: data } : JSON.parse(String(data))));
  const until = async (type: string) => {
    for (;;) {
      const found = messages.find((one) => one.type === type);
      if (found) return found;
      await once(socket, 'message');
    }
  };
  await until('hello');
  return { socket, messages, until };
}

test('a trip is followed over a WebSocket to its end', async (t) => {
  const { socket, messages, until } = await talk(t, ['other', 'positions.v1']);
  assert.equal(socket.protocol, 'positions.v1');
  socket.send(JSON.stringify({ watch: moving }));
  await until('done');
  const steps = messages.filter(({ type }) => type === 'position');
  assert.deepEqual(
    steps.map(({ step, status }) => [step, status]),
    [
      [1, 'REQUESTED'],
      [2, 'UNDER_WAY'],
      [3, 'COMPLETED'],
    ],
  );
});

test('bytes come back; nonsense ends it; an unknown trip is refused', async (t) => {
  const { socket, messages, until } = await talk(t);
  socket.send(Uint8Array.of(1, 2));
  socket.send('{"watch":"t0"}');
  await until('refused');
  assert.deepEqual(messages[1], { binary: Buffer.from([1, 2]) });
  socket.send('nonsense');
  assert.equal((await once(socket, 'close'))[0], 1008);
});

test('events go on behind the last that was seen, and their watcher leaves with the client', async () => {
  const reply = await fetch(`${service.url}/events?trip=${ended}`, { headers: { 'last-event-id': '1' } });
  assert.equal(reply.headers.get('content-type'), 'text/event-stream');
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
  await steer('/__trips', { id: ended, status: 'CANCELLED' });
  let text = '';
  while (!text.includes('CANCELLED')) text += (await reader?.read())?.value ?? '';
  assert.match(text, /^retry: 1000\n\nid: 2\nevent: position\ndata: \{"type":"position"/);
  await reader?.cancel();
  let watchers = 1;
  while (watchers > 0) {
    const report = await (await fetch(`${service.url}/__watchers`)).json();
    watchers = Number(Object(report).watchers);
  }
});

test('every stream can be cut, and a handshake can fail', async (t) => {
  const { socket } = await talk(t);
  const closed = once(socket, 'close');
  assert.deepEqual(await (await steer('/__drop')).json(), { dropped: 1 });
  assert.equal((await closed)[0], 1006);
  await steer('/__faults', [{ path: '/positions', status: 503, count: 1 }]);
  const refused = new WebSocket(`${service.url.replace('http', 'ws')}/positions`);
  refused.on('error', () => {});
  const [, response] = await once(refused, 'unexpected-response');
  assert.equal(response.statusCode, 503);
});

test('what is not there is 404, and 426 where a WebSocket is spoken', async () => {
  assert.equal((await fetch(`${service.url}/events`)).status, 404);
  assert.equal((await fetch(`${service.url}/positions`)).status, 426);
});

/** A POST in front of a WebSocket exchange, through the whole gateway. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { gateway, socketBackend } from '../../whole-gateway/proxied.fixture.ts';

async function conversation(
  t: TestContext,
  exchange: Record<string, unknown>,
  more: Record<string, unknown> = {},
) {
  const backend = await socketBackend(t);
  const frontdesk = await gateway(t, {
    upstreams: { feed: { url: backend.url, retry: { max: 0 } } },
    routes: [
      {
        match: { path: '/ask/:id' },
        to: { exchange: { upstream: 'feed', path: '/ws/:id', ...exchange } },
        ...more,
      },
    ],
  });
  const ask = async (body: string, replies: (said: string) => string[], close?: number) => {
    const answered = fetch(`http://${frontdesk.host}/ask/a%22b?unit=km`, { method: 'POST', body });
    const { socket, url, headers } = await backend.next();
    const said: string[] = [];
    socket.on('message', (data) => {
      said.push(String(data));
      for (const reply of replies(String(data))) socket.send(reply);
      if (close !== undefined) socket.close(close);
    });
    const ended = once(socket, 'close');
    const reply = await answered;
    const text = await reply.text();
    const [code] = await ended;
    return { status: reply.status, type: reply.headers.get('content-type'), text, said, url, headers, code };
  };
  return { backend, frontdesk, ask };
}

test('a POST is said to the backend, and its first reply is the answer', async (t) => {
  const { ask } = await conversation(t, {}, { response: { strip: ['secret'] } });
  const { status, type, text, said, url, headers, code } = await ask('{"q":1}', () => [
    '{"a":1,"secret":2}',
    '{}',
  ]);
  assert.deepEqual([status, type, text, said, code], [200, 'application/json', '{"a":1}', ['{"q":1}'], 1000]);
  assert.equal(url, '/ws/a%22b?unit=km');
  assert.equal(headers['content-type'], undefined);
});

test('templates put values in as JSON; greetings are skipped; an array until a member says so', async (t) => {
  const { ask } = await conversation(t, {
    send: ['{"op":"open","id":{params.id},"unit":{query.unit},"none":{query.none}}', '{body.inner}'],
    skip: [{ path: 'type', equals: 'hello' }],
    until: { match: { path: 'type', equals: 'done' } },
    answer: 'array',
  });
  const { text, said } = await ask('{"inner":{"x":[1]}}', (message) =>
    message.startsWith('{"op"') ? ['{"type":"hello"}'] : ['{"n":1}', 'no JSON', '{"type":"done"}', '{"n":2}'],
  );
  assert.deepEqual(said, ['{"op":"open","id":"a\\"b","unit":"km","none":null}', '{"x":[1]}']);
  assert.equal(text, '[{"n":1},"no JSON",{"type":"done"}]');
});

test('lines as they come, until the backend closes', async (t) => {
  const { ask } = await conversation(t, { until: { close: true }, answer: 'ndjson' });
  const { text, type } = await ask('x', () => ['{"n":1}', '{"n":\n2}'], 1000);
  assert.equal(type, 'application/x-ndjson');
  assert.equal(text, '{"n":1}\n{"n": 2}\n');
});

test('so long and no longer; too many, too large, too soon over, not at all', async (t) => {
  const timed = await conversation(t, { until: { after: '500ms' }, answer: 'array' });
  assert.equal((await timed.ask('x', () => ['1', '2'])).text, '[1,2]');
  const none = await conversation(t, { until: { after: '30ms' } });
  assert.equal((await none.ask('x', () => [])).status, 204);
  const many = await conversation(t, { until: { close: true }, maxMessages: 2 });
  assert.equal((await many.ask('x', () => ['1', '2', '3'])).status, 502);
  const large = await conversation(t, { until: { close: true }, maxSize: '1KiB' });
  assert.equal((await large.ask('x', () => [`"${'x'.repeat(2_000)}"`])).status, 502);
  const early = await conversation(t, { until: { messages: 2 } });
  assert.equal((await early.ask('x', () => ['1'], 1000)).status, 502);
  const late = await conversation(t, { until: { messages: 2 } }, { deadline: '60ms' });
  assert.equal((await late.ask('x', () => ['1'])).status, 504);
  const wrong = await conversation(t, { send: ['{body.a}'] });
  const reply = await fetch(`http://${wrong.frontdesk.host}/ask/1`, { method: 'POST', body: 'no JSON' });
  assert.equal(reply.status, 400);
});

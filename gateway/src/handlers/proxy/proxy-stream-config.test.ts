import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchangeConfig, streamConfig, streamsConfig, webSocketConfig } from './proxy-stream-config.ts';

test('true is every default', () => {
  const socket = webSocketConfig.parse(true);
  assert.deepEqual(socket, webSocketConfig.parse({}));
  assert.deepEqual(
    [socket.messageSize, socket.messagesPerSecond, socket.idle, socket.lifetime, socket.http],
    [1_048_576, 1_000, 3_600_000, 86_400_000, false],
  );
  const stream = streamConfig.parse(true);
  assert.deepEqual([stream.idle, stream.eventSize, stream.heartbeat], [300_000, 1_048_576, undefined]);
  assert.equal(streamsConfig.parse(undefined).reloadGrace, 900_000);
});

test('an exchange is the body, and the first reply', () => {
  const { send, until, answer } = exchangeConfig.parse({ upstream: 'feed' });
  assert.deepEqual([send, until, answer], [['{body}'], { messages: 1 }, 'message']);
});

test('what cannot be meant is refused with what was expected', () => {
  const refused = (schema: typeof exchangeConfig | typeof webSocketConfig, value: unknown, words: RegExp) =>
    assert.match(JSON.stringify(schema.safeParse(value).error?.issues), words);
  refused(exchangeConfig, { upstream: 'feed', until: {} }, /at least one of messages, match, close, after/);
  refused(exchangeConfig, { upstream: 'feed', send: ['{boddy}'] }, /\{boddy\} is filled by nothing/);
  refused(webSocketConfig, { origins: ['app.example'] }, /expected an origin such as/);
  refused(webSocketConfig, { sendBuffer: '1KiB' }, /expected 64KiB at least/);
  refused(webSocketConfig, false, /expected true, or settings/);
});

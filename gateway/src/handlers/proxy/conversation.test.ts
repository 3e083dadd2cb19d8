import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { Conversation } from './conversation.ts';
import { exchangeConfig } from './proxy-stream-config.ts';
import { ScriptedSocket } from './scripted-socket.fixture.ts';

function talking(config: Record<string, unknown>, messages: string[] = ['hello']) {
  const socket = new ScriptedSocket();
  const clock = new ManualClock();
  const events: string[] = [];
  const conversation = new Conversation({
    socket,
    clock,
    messages,
    config: exchangeConfig.parse({ upstream: 'x', ...config }),
    strip: undefined,
    onReply: (json) => events.push(json) < 100,
    onDone: () => void events.push('done'),
    onError: ({ code }) => void events.push(code),
  });
  conversation.start();
  return { socket, clock, events, conversation };
}

test('messages are said at once, empty ones not at all', () => {
  assert.deepEqual(talking({}, ['a', '', 'b']).socket.heard, ['a', 'b']);
});

test('it is over at the first condition that holds, and says goodbye; what comes later is not heard', () => {
  const { socket, clock, events } = talking({
    until: { messages: 3, match: { path: 'last', equals: true }, after: '1s' },
  });
  socket.says('{"last":false}');
  socket.says('{"last":true}');
  socket.says('{"late":1}');
  clock.advance(2_000);
  assert.deepEqual(events, ['{"last":false}', '{"last":true}', 'done']);
  assert.deepEqual(socket.closed, [1000, '']);
  assert.equal(clock.pending, 0);
});

test('time ends it with what has come', () => {
  const { socket, clock, events } = talking({ until: { after: '1s' } });
  socket.says('1');
  clock.advance(1_000);
  assert.deepEqual(events, ['1', 'done']);
});

test('what is skipped is not counted', () => {
  const { socket, events } = talking({ skip: [{ path: 'hello' }], until: { messages: 2 } });
  for (const text of ['{"hello":1}', '1', '{"hello":2}', '2']) socket.says(text);
  assert.deepEqual(events, ['1', '2', 'done']);
});

test('a text that is no JSON becomes a string; line breaks between tokens become spaces', () => {
  const { socket, events } = talking({ until: { messages: 3 } });
  for (const text of ['no "JSON"', '{\n"a":\r\n"\\n"}', '3']) socket.says(text);
  assert.deepEqual(events, ['"no \\"JSON\\""', '{ "a": "\\n"}', '3', 'done']);
});

test('limits and breaches end it with an error, and the backend hears that we go away', () => {
  const cases: [config: Record<string, unknown>, say: (socket: ScriptedSocket) => void, code: string][] = [
    [{ until: { close: true }, maxMessages: 1 }, (s) => [s.says('1'), s.says('2')], 'upstream_too_large'],
    [{ maxSize: '1B' }, (s) => s.says('12'), 'upstream_too_large'],
    [{}, (s) => s.says('1', true), 'upstream_invalid'],
  ];
  for (const [config, say, code] of cases) {
    const { socket, events } = talking(config);
    say(socket);
    assert.equal(events.at(-1), code);
    assert.equal(socket.closed?.[0], 1001);
  }
});

test('a backend that closes ends it in good order only where that is what was waited for', () => {
  for (const [config, code, outcome] of [
    [{ until: { close: true } }, 1000, 'done'],
    [{ until: { close: true } }, 1005, 'done'],
    [{ until: { close: true } }, 1011, 'upstream_reset'],
    [{ until: { messages: 2 } }, 1000, 'upstream_reset'],
  ] as const) {
    const { socket, events } = talking(config);
    socket.ends(code);
    assert.deepEqual(events, [outcome]);
  }
});

test('a reader that is slow holds the backend back; one that leaves ends it', () => {
  const { socket, conversation, events } = talking({ until: { close: true } });
  for (let i = 0; i < 100; i += 1) socket.says('1');
  assert.equal(socket.paused, true);
  conversation.resume();
  assert.equal(socket.paused, false);
  conversation.abandon();
  socket.says('late');
  assert.deepEqual([socket.closed?.[0], events.length], [1001, 100]);
});

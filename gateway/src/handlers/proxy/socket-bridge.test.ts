import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { OpenStreams } from '../../core/open-streams.ts';
import type { WebSocketChannel } from '../../core/web-socket.ts';
import { CallerCounts } from '../caller-counts.ts';
import { IdentityWatch } from '../identity-watch.ts';
import { ScriptedSocket } from './scripted-socket.fixture.ts';
import { SocketBridge } from './socket-bridge.ts';
import { StreamBounds } from './stream-bounds.ts';

class ScriptedChannel implements WebSocketChannel {
  readonly sent: string[] = [];
  congested = false;
  paused = false;
  closed: readonly [code: number, reason: string] | undefined;
  #taken = Promise.withResolvers<void>();

  send(text: string): void {
    this.sent.push(text);
  }

  forward(message: Uint8Array, binary: boolean): void {
    this.sent.push(`${binary ? 'binary ' : ''}${Buffer.from(message).toString()}`);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  taken(): Promise<void> {
    return this.#taken.promise;
  }

  take(): Promise<void> {
    this.congested = false;
    this.#taken.resolve();
    return this.#taken.promise;
  }

  close(code: number, reason: string): void {
    this.closed ??= [code, reason];
  }

  cut(): void {}
}

function bridged(strip?: (json: Uint8Array) => Uint8Array | undefined) {
  const clock = new ManualClock();
  const streams = new OpenStreams({ clock, random: () => 0 });
  const bounds = new StreamBounds({
    clock,
    meter: noMeter,
    watch: new IdentityWatch(clock, () => true),
    counts: new CallerCounts(),
    generation: streams,
    process: streams,
  });
  const far = new ScriptedSocket();
  const near = new ScriptedChannel();
  const errors: string[] = [];
  const released: string[] = [];
  const bridge = new SocketBridge({
    upstream: far,
    bounds,
    route: '/r',
    messagesPerSecond: 2,
    strip,
    onError: ({ code }) => void errors.push(code),
  });
  const held = { active() {}, release: (reason: string) => void released.push(reason) };
  const receiver = bridge.open(near, held);
  return { clock, bridge, near, far, receiver, errors, released };
}

test('whoever is slower holds the other back', async () => {
  const { near, far, receiver } = bridged();
  far.takes = false;
  receiver.message(Buffer.from('a'), true);
  assert.deepEqual([far.heard, near.paused], [['binary a'], true]);
  far.receiver?.drained();
  assert.equal(near.paused, false);
  near.congested = true;
  far.says('b');
  far.says('c');
  assert.deepEqual([near.sent, far.paused], [['b', 'c'], true]);
  await near.take();
  assert.equal(far.paused, false);
});

test('too many messages in a second end it; at leisure there may be any number', () => {
  const { clock, near, far, receiver, released } = bridged();
  for (let i = 0; i < 20; i += 1) {
    receiver.message(Buffer.from('x'), false);
    clock.advance(500);
  }
  assert.equal(near.closed, undefined);
  for (let i = 0; i < 3; i += 1) receiver.message(Buffer.from('x'), false);
  assert.deepEqual([near.closed?.[0], far.closed?.[0], released], [1008, 1001, ['rate']]);
  receiver.message(Buffer.from('late'), false);
  far.says('late');
  assert.ok(!far.heard.includes('late') && !near.sent.includes('late'));
});

const ENDS: readonly (readonly [error: FrontdeskError, code: number, reason: string])[] = [
  [new FrontdeskError('draining'), 1012, 'drain'],
  [new FrontdeskError('invalid_credentials'), 1008, 'credentials'],
  [new FrontdeskError('stream_ended', { detail: 'idle' }), 1001, 'idle'],
  [new FrontdeskError('stream_ended', { detail: 'lifetime' }), 1001, 'lifetime'],
  [new FrontdeskError('stream_ended', { detail: 'the configuration was replaced' }), 1012, 'reload'],
];
for (const [error, code, reason] of ENDS) {
  test(`${reason} closes with ${code}, and the backend hears that the client is going away`, () => {
    const { bridge, near, far, errors, released } = bridged();
    bridge.end(error);
    bridge.end(new FrontdeskError('draining'));
    assert.deepEqual(
      [near.closed?.[0], far.closed?.[0], errors[0], released],
      [code, 1001, error.code, [reason]],
    );
  });
}

test('codes that only tell of a lost connection are not sent on', () => {
  const lost = bridged();
  lost.receiver.closed({ code: 1006, reason: '' });
  assert.deepEqual(lost.far.closed, [1001, '']);
  const gone = bridged();
  gone.far.ends(1006);
  assert.equal(gone.near.closed?.[0], 1014);
  const late = bridged();
  late.far.receiver?.closed({ code: 1001, reason: '', error: new FrontdeskError('upstream_timeout') });
  assert.deepEqual(
    [late.near.closed?.[0], late.errors, late.released],
    [1014, ['upstream_timeout'], ['upstream_error']],
  );
});

test('what must be stripped and cannot be does not pass', () => {
  const { near, far, released } = bridged((json) => (json.length > 1 ? json : undefined));
  far.says('ok');
  far.says('x');
  assert.deepEqual([near.sent, near.closed?.[0], released], [['ok'], 1014, ['upstream_error']]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import type { Child } from './child.ts';
import { processConfig } from './config.ts';
import { isBeat } from './link.ts';
import { processMetrics } from './metrics.ts';
import { Supervisor } from './supervisor.ts';

/** A process that does what a test tells it. */
class ScriptedChild {
  readonly pid: number;
  readonly signals: string[] = [];
  beats = 0;
  /** Whether it answers when it is asked. */
  answers = true;
  #hear: (message: unknown) => void = () => {};
  #end: (reason: string) => void = () => {};

  constructor(pid: number) {
    this.pid = pid;
  }

  send(message: object): void {
    if (!isBeat(message)) return;
    this.beats += 1;
    if (this.answers) this.#hear(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#hear = listener;
  }

  onEnd(listener: (reason: string) => void): void {
    this.#end = listener;
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.signals.push(signal);
    if (signal === 'SIGKILL') this.end('SIGKILL');
  }

  ready(): void {
    this.#hear({ frontdesk: 'process', ready: true, facts: { admin: `http://h:${this.pid}` } });
  }

  end(reason: string): void {
    this.#end(reason);
  }
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
};

function set(more: object = {}, own?: Clock) {
  const manual = new ManualClock();
  const clock = own ?? manual;
  const children: ScriptedChild[] = [];
  const published: number[] = [];
  const supervisor = new Supervisor({
    name: 'web',
    config: processConfig.parse({
      silence: '5s',
      heartbeat: '1s',
      backoff: '500ms',
      maxBackoff: '4s',
      ...more,
    }),
    start: (generation): Child => {
      const child = new ScriptedChild(generation);
      children.push(child);
      return child;
    },
    publish: (generation) => void published.push(generation),
    clock,
    logger: noLogger,
    metrics: processMetrics(noMeter),
  });
  const child = (generation: number): ScriptedChild => {
    const found = children[generation - 1];
    assert.ok(found, `process ${generation} was started`);
    return found;
  };
  const wait = async (ms: number): Promise<void> => {
    manual.advance(ms);
    await settled();
  };
  return { supervisor, child, children, published, wait };
}

test('it is published when it says that it is ready, and begin waits for that', async () => {
  const { supervisor, child, published } = set();
  const begun = supervisor.begin();
  await settled();
  assert.deepEqual([supervisor.state, published], ['starting', []]);
  child(1).ready();
  await begun;
  assert.deepEqual([supervisor.state, published], ['ready', [1]]);
  assert.equal(Reflect.get(supervisor.view, 'admin'), 'http://h:1');
});

test('one that ends is started again, later each time it fails soon, and a good life forgives', async () => {
  const { supervisor, child, children, wait } = set();
  const begun = supervisor.begin();
  child(1).end('exit code 1');
  await begun;
  assert.equal(supervisor.state, 'waiting');
  for (const waitMs of [500, 1_000, 2_000, 4_000, 4_000]) {
    const before = children.length;
    await wait(waitMs - 1);
    assert.equal(children.length, before, `not before ${waitMs} ms`);
    await wait(1);
    assert.equal(children.length, before + 1, `after ${waitMs} ms`);
    child(children.length).end('exit code 1');
    await settled();
  }
  await wait(4_000);
  const last = children.length;
  child(last).ready();
  await settled();
  await wait(60_000);
  child(last).end('SIGKILL');
  await settled();
  assert.equal(supervisor.state, 'waiting');
  await wait(500);
  assert.equal(children.length, last + 1);
  assert.equal(Reflect.get(supervisor.view, 'lastEnd'), 'SIGKILL');
});

test('one that is not ready in time is killed and tried again', async () => {
  const { supervisor, child, children, wait } = set({ startWithin: '2s' });
  const begun = supervisor.begin();
  await wait(2_000);
  await begun;
  assert.deepEqual(child(1).signals, ['SIGKILL']);
  await wait(500);
  assert.equal(children.length, 2);
});

test('one that falls silent is killed, and another takes its place', async () => {
  const { supervisor, child, published, wait } = set();
  void supervisor.begin();
  child(1).ready();
  await settled();
  for (let i = 0; i < 20; i += 1) await wait(1_000);
  assert.equal(supervisor.state, 'ready');
  child(1).answers = false;
  for (let i = 0; i < 4; i += 1) await wait(1_000);
  assert.deepEqual(child(1).signals, []);
  await wait(1_000);
  assert.deepEqual([child(1).signals, supervisor.state], [['SIGKILL'], 'waiting']);
  await wait(500);
  child(2).ready();
  await settled();
  assert.deepEqual([supervisor.state, published], ['ready', [1, 2]]);
});

test('after we were held up ourselves, silence says nothing of it until it was asked again', async () => {
  let now = 0;
  let due: (() => void)[] = [];
  const clock = {
    now: () => now,
    wall: () => now,
    after: (_delayMs: number, fire: () => void) => {
      due.push(fire);
      return () => {
        due = due.filter((one) => one !== fire);
      };
    },
  };
  const { supervisor, child } = set({}, clock);
  void supervisor.begin();
  child(1).ready();
  await settled();
  /** Whatever is due fires so much later. */
  const hold = (ms: number): void => {
    now += ms;
    for (const fire of due.splice(0)) fire();
  };
  child(1).answers = false;
  hold(30_000);
  assert.deepEqual(child(1).signals, [], 'nothing could be asked or heard meanwhile');
  for (let i = 0; i < 4; i += 1) hold(1_000);
  assert.deepEqual(child(1).signals, []);
  hold(1_000);
  assert.deepEqual(child(1).signals, ['SIGKILL'], 'it was asked, and is silent still');
});

test('a successor serves before the old one is told to go', async () => {
  const { supervisor, child, published, wait } = set();
  void supervisor.begin();
  child(1).ready();
  await settled();
  const replaced = supervisor.replace();
  await settled();
  assert.deepEqual([child(1).signals, supervisor.state], [[], 'ready']);
  child(2).ready();
  await replaced;
  assert.deepEqual([published, child(1).signals], [[1, 2], ['SIGTERM']]);
  // The end of the old one is no failure.
  child(1).end('exit code 0');
  await wait(10_000);
  assert.equal(Reflect.get(supervisor.view, 'restarts'), 0);
  assert.equal(supervisor.state, 'ready');
});

test('a successor that does not start changes nothing', async () => {
  const { supervisor, child, published } = set();
  void supervisor.begin();
  child(1).ready();
  await settled();
  const replaced = supervisor.replace();
  await settled();
  child(2).end('exit code 1');
  await assert.rejects(replaced, /ended before it was ready: exit code 1/);
  assert.deepEqual([supervisor.state, published, child(1).signals], ['ready', [1], []]);
});

test('replacements take turns', async () => {
  const { supervisor, child, children, published } = set();
  void supervisor.begin();
  child(1).ready();
  await settled();
  const both = Promise.all([supervisor.replace(), supervisor.replace()]);
  await settled();
  assert.equal(children.length, 2);
  child(2).ready();
  await settled();
  child(3).ready();
  await both;
  assert.deepEqual(published, [1, 2, 3]);
});

test('one that was begun again while its successor was on its way does not take over from it', async () => {
  const { supervisor, child, published, wait } = set();
  void supervisor.begin();
  child(1).ready();
  await settled();
  const replaced = supervisor.replace();
  await settled();
  child(1).end('SIGKILL');
  await settled();
  await wait(500);
  child(2).ready();
  await replaced;
  child(3).ready();
  await settled();
  assert.deepEqual(published, [1, 2]);
  assert.deepEqual(child(3).signals, ['SIGTERM']);
});

test('one that was replaced and does not go is killed', async () => {
  const { supervisor, child, wait } = set({ drainWithin: '3s' });
  void supervisor.begin();
  child(1).ready();
  await settled();
  const replaced = supervisor.replace();
  await settled();
  child(2).ready();
  await replaced;
  await wait(3_000);
  assert.deepEqual(child(1).signals, ['SIGTERM', 'SIGKILL']);
});

test('closing ends all of them and starts none', async () => {
  const { supervisor, child, children, wait } = set();
  void supervisor.begin();
  child(1).ready();
  await settled();
  const closed = supervisor.close();
  assert.deepEqual(child(1).signals, ['SIGTERM']);
  child(1).end('exit code 0');
  await closed;
  await wait(60_000);
  assert.deepEqual([children.length, supervisor.state], [1, 'closed']);
  await assert.rejects(supervisor.replace(), /closed/);
});

test('one that cannot be started is tried again, and harms nobody else', async () => {
  const clock = new ManualClock();
  let tries = 0;
  const supervisor = new Supervisor({
    name: 'web',
    config: processConfig.parse({ backoff: '500ms' }),
    start: () => {
      tries += 1;
      throw new Error('spawn ENOMEM');
    },
    publish: () => {},
    clock,
    logger: noLogger,
    metrics: processMetrics(noMeter),
  });
  await supervisor.begin();
  assert.deepEqual([supervisor.state, tries], ['waiting', 1]);
  clock.advance(500);
  await settled();
  assert.deepEqual([supervisor.state, tries], ['waiting', 2]);
  await assert.rejects(supervisor.replace(), /ENOMEM/);
  await supervisor.close();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { recordedTerminal } from './testing.fixture.ts';
import { Upgrade } from './upgrade.ts';

const serving = { listening: { public: undefined, admin: undefined } };

function setUp(settings: object = {}) {
  const terminal = recordedTerminal();
  const started = Promise.withResolvers<number>();
  let starts = 0;
  const upgrade = new Upgrade(terminal, ({ signal }) => {
    starts += 1;
    signal?.addEventListener('abort', () => started.reject(signal.reason));
    return started.promise;
  });
  const serve = (): void => upgrade.serves(serving, configSchema.parse(settings), () => undefined);
  return { terminal, started, upgrade, serve, starts: () => starts };
}

test('a successor that serves is told of, and there is no second one', async () => {
  const { terminal, started, upgrade, serve, starts } = setUp();
  serve();
  const begun = upgrade.begin();
  assert.equal(await upgrade.begin(), false);
  assert.match(terminal.stderr(), /nothing is done: a successor is starting already/);
  started.resolve(77);
  assert.equal(await begun, true);
  assert.match(terminal.stderr(), /process 77 serves in place of/);
  assert.equal(await upgrade.begin(), false);
  assert.match(terminal.stderr(), /nothing is done: process 77 has taken the place of this one/);
  assert.equal(starts(), 1);
});

test('where none serves this process goes on, and another may be tried', async () => {
  const { terminal, started, upgrade, serve, starts } = setUp();
  serve();
  started.reject(new Error('it ended: exit code 1'));
  assert.equal(await upgrade.begin(), false);
  assert.match(terminal.stderr(), /this process goes on, no successor serves: it ended: exit code 1/);
  await upgrade.begin();
  assert.equal(starts(), 2);
});

test('one that is told to go has none: what starts is ended, and nothing is started any more', async () => {
  const { terminal, upgrade, serve, starts } = setUp();
  serve();
  const begun = upgrade.begin();
  upgrade.cancel();
  assert.equal(await begun, false);
  assert.match(terminal.stderr(), /no successor serves: this process was told to go/);
  assert.equal(await upgrade.begin(), false);
  assert.match(terminal.stderr(), /nothing is done: this process is on its way out/);
  assert.equal(starts(), 1);
});

test('what cannot be passed on is told before anything is started', async () => {
  const refusals = [
    [{ listen: { socket: '/run/gateway.sock' } }, /listen\.socket cannot be passed on/],
    [{ state: { file: '/var/quotas' } }, /state\.file is held until this process ends/],
  ] as const;
  for (const [settings, why] of refusals) {
    const { terminal, upgrade, serve, starts } = setUp(settings);
    serve();
    assert.equal(await upgrade.begin(), false);
    assert.match(terminal.stderr(), why);
    assert.equal(starts(), 0);
  }
  const early = setUp();
  assert.equal(await early.upgrade.begin(), false);
  assert.match(early.terminal.stderr(), /does not serve yet/);
  // A primary lets its workers begin with their shares while the file is held.
  const primary = setUp({ workers: 2, state: { file: '/var/quotas' } });
  primary.serve();
  primary.started.resolve(5);
  assert.equal(await primary.upgrade.begin(), true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandSignals } from './hand-signals.fixture.ts';
import { holdStrayErrors, StopSignals } from './signals.ts';
import { recordedTerminal } from './testing.fixture.ts';

test('before anything serves a signal ends the process at once, in peace', () => {
  const [signals, terminal] = [new HandSignals(), recordedTerminal()];
  new StopSignals(signals, terminal);
  signals.send('SIGINT');
  assert.deepEqual(signals.exits, [0]);
  assert.equal(terminal.stderr(), 'SIGINT: ending before anything was served\n');
});

test('the first signal asks for an end, the second is one', async () => {
  const signals = new HandSignals();
  let asked = 0;
  const stop = new StopSignals(signals, recordedTerminal(), () => {
    asked += 1;
  });
  stop.serves();
  stop.hasTried();
  signals.send('SIGTERM');
  assert.deepEqual([await stop.why, signals.exits, asked], ['SIGTERM', [], 1]);
  signals.send('SIGTERM');
  assert.deepEqual(signals.exits, [130]);
});

test('there are other reasons to end, and the first one counts', async () => {
  const signals = new HandSignals();
  const stop = new StopSignals(signals, recordedTerminal());
  stop.serves();
  stop.hasTried();
  stop.ask('the gateway is gone');
  signals.send('SIGTERM');
  assert.equal(await stop.why, 'the gateway is gone');
});

test('an error that a BFF is to blame for is held; any other is told and ends the process', () => {
  const [signals, terminal] = [new HandSignals(), recordedTerminal()];
  holdStrayErrors({ holds: (error) => String(error).includes('of a BFF') }, terminal, signals);
  signals.send('unhandledRejection', new Error('of a BFF'));
  assert.deepEqual([signals.exits, terminal.stderr()], [[], '']);
  signals.send('uncaughtException', new Error('ours'));
  assert.deepEqual(signals.exits, [1]);
  assert.match(terminal.stderr(), /^an error that nobody handles: Error: ours\n/);
});

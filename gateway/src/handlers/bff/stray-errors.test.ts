import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { noLogger } from '../../core/log.ts';
import { noMeter } from '../../core/meter.ts';
import { StrayErrors } from './stray-errors.ts';

function thrown(...frames: string[]): Error {
  const error = new TypeError('x is undefined');
  error.stack = ['TypeError: x is undefined', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

const BFF = 'shape (file:///srv/bff-web/src/a.ts:3:1)';
const GATEWAY = 'run (file:///srv/gateway/src/core/a.ts:3:1)';

function set(): StrayErrors {
  const errors = new StrayErrors({ logger: noLogger, meter: noMeter });
  errors.know('web', '/srv/bff-web');
  return errors;
}

test('a promise that a BFF forgot is held, whoever rejected it', () => {
  const errors = set();
  assert.ok(errors.hold(thrown(BFF, GATEWAY), 'rejection'));
  assert.ok(errors.hold(thrown(GATEWAY, `async ${BFF}`), 'rejection'));
  assert.ok(errors.hold(thrown('node:internal/timers:1:1', '/srv/bff-web/dist/a.js:1:1'), 'rejection'));
  assert.ok(errors.hold(new FrontdeskError('upstream_timeout'), 'rejection'), 'a call that was not awaited');
  assert.ok(errors.hold('a text', 'rejection'));
});

test('what a BFF throws where nobody calls it is held; what we throw in its name is not', () => {
  const errors = set();
  assert.ok(errors.hold(thrown(BFF, 'node:internal/timers:1:1'), 'exception'));
  assert.ok(!errors.hold(thrown(GATEWAY, BFF), 'exception'));
  assert.ok(!errors.hold('a text', 'exception'));
});

test('faults of the gateway, and of folders that only begin alike, end it as before', () => {
  const errors = set();
  assert.ok(!errors.hold(thrown(GATEWAY), 'rejection'));
  assert.ok(!errors.hold(thrown('a (file:///srv/bff-web-2/src/a.ts:1:1)'), 'rejection'));
  const none = new StrayErrors({ logger: noLogger, meter: noMeter });
  assert.ok(!none.hold('a text', 'rejection'), 'there is no BFF here');
});

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
  const errors = new StrayErrors({ logger: noLogger, meter: noMeter, gateway: '/srv/gateway' });
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

test('a BFF in whose folder the gateway and others are installed answers for its own code alone', () => {
  const errors = new StrayErrors({
    logger: noLogger,
    meter: noMeter,
    gateway: '/srv/app/node_modules/@frontdesk/gateway',
  });
  errors.know('app', '/srv/app');
  errors.know('nested', '/srv/app/nested');
  errors.know('installed', '/srv/app/node_modules/@acme/web');
  const ours = 'run (file:///srv/app/node_modules/@frontdesk/gateway/dist/a.js:3:1)';
  const library = 'send (/srv/app/node_modules/ws/lib/a.js:3:1)';
  const own = 'part (file:///srv/app/src/a.js:3:1)';
  const held = (kind: 'rejection' | 'exception', ...frames: string[]) => errors.hold(thrown(...frames), kind);
  assert.ok(!held('rejection', ours), 'a fault of the gateway');
  assert.ok(!held('exception', ours));
  assert.ok(!held('exception', library, ours), 'one in what the gateway calls');
  assert.ok(!held('exception', library));
  assert.ok(held('exception', library, own), 'one in what the BFF calls');
  assert.ok(held('rejection', ours, own));
  assert.ok(held('exception', 'a (file:///srv/app/nested/a.js:1:1)'));
  assert.ok(held('exception', 'a (file:///srv/app/node_modules/@acme/web/a.js:1:1)'));
  assert.ok(!held('rejection', 'a (file:///srv/app/node_modules/@acme/web-2/a.js:1:1)'));
});

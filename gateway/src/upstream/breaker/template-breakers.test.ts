import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { breakerConfig, CircuitBreaker } from './breaker.ts';
import { TemplateBreakers } from './template-breakers.ts';

function rig() {
  const clock = new ManualClock();
  const made: string[] = [];
  const config = breakerConfig.parse({ windowCalls: 1, minimumCalls: 1 });
  const breakers = new TemplateBreakers((template) => {
    made.push(template);
    return new CircuitBreaker(config, { clock, random: () => 0 });
  });
  return { clock, made, breakers };
}

test('each template has one, and what it comes to is its own', () => {
  const { clock, made, breakers } = rig();
  const users = breakers.of('/users/*');
  assert.equal(breakers.of('/users/*'), users);
  users.end(users.begin(), 'failure');
  assert.equal(breakers.of('/orders').state, 'closed');
  assert.equal(breakers.worst, 'open');
  clock.advance(30_000);
  users.begin();
  assert.equal(breakers.worst, 'half-open');
  assert.deepEqual(made, ['/users/*', '/orders']);
});

test('beyond a hundred they share one, and so do calls without a template', () => {
  const { breakers } = rig();
  for (let i = 0; i < 1000; i += 1) breakers.of(`/t${i}`);
  assert.equal(breakers.size, 101);
  assert.equal(breakers.of('/t999'), breakers.of());
  assert.notEqual(breakers.of('/t0'), breakers.of());
  assert.equal(breakers.worst, 'closed');
});

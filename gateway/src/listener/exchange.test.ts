import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { it } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { Connection } from './connections.ts';
import { HttpExchange } from './exchange.ts';
import { RequestHead } from './request-head.ts';

it('an exchange has one clock, and a deadline that cancels it', () => {
  const clock = new ManualClock();
  const connection = new Connection(new Socket());
  connection.requests = 3;
  const head = new RequestHead(new HeaderFields(['a', 'b']));
  head.path = '/x';
  const exchange = new HttpExchange(head, 'GET', '/%78', connection, clock, () => clock.now());
  assert.equal(exchange.sequence, 3);
  assert.equal(exchange.path, '/x');
  assert.equal(exchange.target, '/%78');
  assert.equal(exchange.headers.get('a'), 'b');
  assert.equal(exchange.body.length, 0);
  exchange.deadline.within(50);
  clock.advance(50);
  assert.equal(exchange.timeline.elapsedMs(), 50);
  const { reason } = exchange.cancellation;
  assert.ok(reason instanceof FrontdeskError && reason.code === 'deadline_exceeded');
});

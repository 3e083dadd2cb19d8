import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { NO_NAMES, replyRules, requestRules } from './field-rules.ts';
import { MessageView } from './message-view.ts';

const rules = { request: requestRules(NO_NAMES, false), reply: replyRules(false) };

test('the identity is a copy, and notes are one bag for a request and its calls', () => {
  const identity = makeIdentity({ roles: ['rider'], scopes: new Set(['read']), claims: { deep: { er: 1 } } });
  const { exchange } = makeExchange({ identity });
  const view = new MessageView(exchange, exchange.headers, undefined, rules);
  assert.deepEqual(view.identity?.claims, { deep: { er: 1 } });
  for (const [copy, own] of [
    [view.identity?.roles, identity.roles],
    [view.identity?.scopes, identity.scopes],
    [view.identity?.claims, identity.claims],
  ])
    assert.notEqual(copy, own);
  assert.equal(view.identity, view.identity);
  view.notes.set('a', 1);
  const call = new MessageView({ ...exchange, id: 'other' }, exchange.headers, undefined, rules);
  assert.equal(call.notes.get('a'), 1);
  const another = makeExchange().exchange;
  assert.equal(new MessageView(another, another.headers, undefined, rules).notes.size, 0);
});

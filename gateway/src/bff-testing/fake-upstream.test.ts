import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { json } from '../bff/backend.ts';
import { collect, emptyBody, WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn } from '../core/testing/exchange.ts';
import { answering } from './backends.ts';
import { status } from './fake-answer.ts';
import { fakeUpstream } from './fake-upstream.ts';
import { FaultPlan, type Faults } from './faults.ts';
import { Wire } from './wire.ts';

const batch = { path: '/users', param: 'ids', key: 'id', items: 'users' };
const backends = {
  users: { get: { '/users/{id}': json({ batch }), '/users': json() }, post: { '/users': json() } },
};

function ask(method: string, path: string, body?: unknown, faults: Faults = {}) {
  const told: unknown[] = [];
  const fakes = answering(
    backends,
    new Map<string, (asked: never) => unknown>([
      [
        'users GET /users/{id}',
        (asked: { path: { id: string } }) =>
          asked.path.id === '3' ? status(404) : { name: `n${asked.path.id}` },
      ],
      ['users GET /users', (asked: unknown) => void told.push(asked)],
      ['users POST /users', (asked: unknown) => void told.push(asked)],
    ]),
  );
  const wire = new Wire({ fakes, faults: new FaultPlan(faults), clock: undefined, now: () => 0 });
  const reply = fakeUpstream(
    wire,
    backends,
  )({
    upstream: 'users',
    context: contextOn(new ManualClock()),
    method,
    path,
    headers: HeaderFields.of({ 'Idempotency-Key': 'k1' }),
    body: body === undefined ? emptyBody : new WholeBody(JSON.stringify(body)),
    label: 'user,friend',
  });
  return { reply, wire, told };
}

async function textOf(reply: ReturnType<typeof ask>['reply']): Promise<string> {
  const { body } = await reply;
  return Buffer.from(await collect(body, 1000, () => new Error('too large'))).toString();
}

describe('fakeUpstream', () => {
  it('finds the endpoint, and tells its fake what came over the network', async () => {
    const one = ask('GET', '/users/a%20b');
    assert.equal(await textOf(one.reply), '{"name":"na b"}');
    assert.deepEqual(one.wire.sent[0]?.parts, ['user', 'friend']);
    const post = ask('POST', '/users?tag=a&tag=b&x=1', { name: 'Ada' });
    assert.equal((await post.reply).status, 204);
    const headers = { 'idempotency-key': 'k1' };
    const query = { tag: ['a', 'b'], x: '1' };
    assert.deepEqual(post.told, [{ path: {}, query, headers, body: { name: 'Ada' } }]);
    assert.equal(post.wire.sent[0]?.idempotencyKey, 'k1');
    await assert.rejects(ask('GET', '/nowhere/1/2').reply, { code: 'internal' });
  });

  it('answers a batch by the fake of a single read, without those that are not there', async () => {
    const { reply, wire } = ask('GET', '/users?ids=2,3,1');
    assert.deepEqual(JSON.parse(await textOf(reply)), {
      users: [
        { id: '2', name: 'n2' },
        { id: '1', name: 'n1' },
      ],
    });
    assert.deepEqual(wire.sent[0]?.keys, ['2', '3', '1']);
    const list = ask('GET', '/users?first=2');
    await list.reply;
    assert.equal(list.told.length, 1);
  });

  it('breaks as a backend does: by its status, or with what is no JSON', async () => {
    assert.equal((await ask('GET', '/users/3').reply).status, 404);
    assert.equal((await ask('GET', '/users/1', undefined, { user: 'status 503' }).reply).status, 503);
    assert.throws(() => JSON.parse('{"broken'));
    assert.equal(await textOf(ask('GET', '/users/1', undefined, { user: 'invalid' }).reply), '{"broken');
    await assert.rejects(ask('GET', '/users/1', undefined, { user: 'reset' }).reply, {
      code: 'upstream_reset',
    });
  });
});

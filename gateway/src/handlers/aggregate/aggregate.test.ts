import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import { Answer, aggregateOn, withParams } from './aggregate.fixture.ts';

const user = { upstream: 'users', path: '/users/{params.id}', required: true, group: 'user' };
const orders = { upstream: 'orders', path: '/orders?user={user.id}', group: 'orders' };
const tips = { upstream: 'tips', path: '/tips', group: 'tips' };
const down = new FrontdeskError('upstream_connect', { detail: 'secret-host:1' });

/** Backends by name; a function is called. */
function by(answers: Readonly<Record<string, unknown>>) {
  return ({ upstream }: { readonly upstream: string }) => {
    const answer = answers[upstream];
    return typeof answer === 'function' ? answer() : answer;
  };
}

const people = { users: { id: 7, name: 'Ada' }, orders: ['o1'], tips: ['t1'] };
const params = withParams({ id: 'u%201' });

describe('an answer of several', () => {
  it('has each part under its group, asked with the values of others', async () => {
    const { json, calls } = aggregateOn({ parts: { user, orders, tips } }, by(people));
    const answer = await json(params);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, { user: { id: 7, name: 'Ada' }, orders: ['o1'], tips: ['t1'] });
    assert.deepEqual(Object.keys(Object(answer.json)), ['user', 'orders', 'tips']);
    assert.equal(answer.headers.get('frontdesk-incomplete'), undefined);
    assert.deepEqual(calls(), ['users GET /users/u%201', 'tips GET /tips', 'orders GET /orders?user=7']);
  });

  it('lacks parts that failed, and says which, to no cache', async () => {
    const answers = by({ ...people, orders: down, tips: new Answer(500) });
    const { json, logged, counted } = aggregateOn({ parts: { user, orders, tips } }, answers);
    const answer = await json(params);
    assert.deepEqual(answer.json, { user: { id: 7, name: 'Ada' }, orders: null, tips: null });
    assert.equal(answer.headers.get('frontdesk-incomplete'), 'orders, tips');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual(logged.map(({ part, code }) => [part, code]).sort(), [
      ['orders', 'upstream_connect'],
      ['tips', 'upstream_error'],
    ]);
    const outcomes = counted.filter(({ name }) => name === 'frontdesk_aggregate_part_seconds');
    assert.deepEqual(outcomes.map(({ labels }) => labels.join(' ')).sort(), [
      '/api/view orders failed',
      '/api/view tips failed',
      '/api/view user ok',
    ]);
  });

  it('lists failures where a member for them is named, without a word of where', async () => {
    const aggregate = { parts: { user, orders }, errors: 'errors' };
    const { json } = aggregateOn(aggregate, by({ ...people, orders: down }));
    const answer = await json(params);
    assert.deepEqual(Object(answer.json).errors, [{ part: 'orders', code: 'upstream_connect' }]);
    const { json: whole } = aggregateOn(aggregate, by(people));
    assert.equal('errors' in Object((await whole(params)).json), false);
  });

  it('is none without a required part', async () => {
    const { ask } = aggregateOn({ parts: { user, tips } }, by({ ...people, users: down }));
    await assert.rejects(ask(params), { code: 'part_failed', members: { part: 'user' } });
  });

  it('is none without a part that a required one needs, and names that', async () => {
    const { required: _, ...optional } = user;
    const parts = { user: optional, orders: { ...orders, required: true } };
    const { ask } = aggregateOn({ parts }, by({ ...people, users: down }));
    await assert.rejects(ask(params), { code: 'part_failed', members: { part: 'user' } });
  });

  it('is none where every part failed', async () => {
    const { ask } = aggregateOn({ parts: { tips } }, by({ tips: down }));
    await assert.rejects(ask(), { code: 'part_failed', members: { parts: ['tips'] } });
    const limited = new FrontdeskError('rate_limited', { retryAfterS: 9 });
    const { ask: again } = aggregateOn({ parts: { tips } }, by({ tips: limited }));
    await assert.rejects(again(), limited);
  });

  it('fails a part whose value is missing, rather than ask for half an address', async () => {
    const { json, calls, logged } = aggregateOn(
      { parts: { user, orders } },
      by({ ...people, users: { id: null } }),
    );
    const answer = await json(params);
    assert.equal(answer.headers.get('frontdesk-incomplete'), 'orders');
    assert.deepEqual(calls(), ['users GET /users/u%201']);
    assert.equal(logged[0]?.detail, '{user.id} has no value');
  });

  it('names the part that another needed', async () => {
    const { required: _, ...optional } = user;
    const { json, logged } = aggregateOn(
      { parts: { user: optional, orders, tips } },
      by({ ...people, users: down }),
    );
    assert.equal((await json(params)).headers.get('frontdesk-incomplete'), 'user, orders');
    const told = logged.find(({ part }) => part === 'orders');
    assert.match(String(told?.detail), /^it needs part user, which failed/);
  });
});

describe('parts', () => {
  it('are given any success, JSON or XML, and nothing', async () => {
    const parts = {
      made: { upstream: 'made', path: '/', method: 'POST', body: { who: '{params.id}' }, group: 'made' },
      none: { upstream: 'none', path: '/', group: 'none' },
      xml: { upstream: 'xml', path: '/', group: 'xml', target: 'invoice' },
    };
    const { json, asked } = aggregateOn(
      { parts },
      by({
        made: new Answer(201, {}, '{"id":12345678901234567890}'),
        none: new Answer(204),
        xml: new Answer(206, { 'content-type': 'text/xml' }, '<invoice><total>1.20</total></invoice>'),
      }),
    );
    const answer = await json(params);
    assert.equal(answer.headers.get('frontdesk-incomplete'), undefined);
    assert.deepEqual(answer.json, { made: { id: 12345678901234567000 }, none: null, xml: { total: '1.20' } });
    const made = asked.find(({ upstream }) => upstream === 'made');
    assert.ok(made?.body instanceof WholeBody);
    assert.equal(Buffer.from(made.body.bytes).toString(), '{"who":"u 1"}');
  });

  it('fail by another type, by broken JSON, by a coding and past the size', async () => {
    const parts = {
      type: { upstream: 'type', path: '/', group: 'type' },
      broken: { upstream: 'broken', path: '/', group: 'broken' },
      coded: { upstream: 'coded', path: '/', group: 'coded' },
      large: { upstream: 'large', path: '/', group: 'large' },
      list: { upstream: 'list', path: '/' },
      good: { upstream: 'good', path: '/', group: 'good' },
    };
    const { json, logged } = aggregateOn(
      { parts, maxSize: '20B' },
      by({
        type: new Answer(200, { 'content-type': 'text/html' }, '1'),
        broken: new Answer(200, {}, '{"a"'),
        coded: new Answer(200, { 'content-encoding': 'gzip' }, '1'),
        large: 'x'.repeat(30),
        list: [1],
        good: 1,
      }),
    );
    assert.equal((await json()).headers.get('frontdesk-incomplete'), 'type, broken, coded, large, list');
    assert.deepEqual(Object.fromEntries(logged.map(({ part, code }) => [part, code])), {
      type: 'upstream_invalid',
      broken: 'upstream_invalid',
      coded: 'upstream_invalid',
      large: 'upstream_too_large',
      list: 'upstream_invalid',
    });
  });

  it('without a group are merged in declared order, and the earlier stands', async () => {
    const parts = {
      slow: { upstream: 'slow', path: '/' },
      quick: { upstream: 'quick', path: '/' },
    };
    let release: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { json, counted, logged } = aggregateOn({ parts }, ({ upstream }) => {
      if (upstream === 'slow') return late.then(() => ({ a: 'slow', b: 'slow' }));
      setImmediate(release);
      return { c: 'quick', b: 'quick' };
    });
    const answer = await json();
    assert.equal(JSON.stringify(answer.json), '{"a":"slow","b":"slow","c":"quick"}');
    const collisions = counted.filter(({ name }) => name === 'frontdesk_aggregate_collisions_total');
    assert.deepEqual(
      collisions.map(({ labels }) => labels),
      [['/api/view', 'quick']],
    );
    assert.equal(logged[0]?.member, 'b');
  });

  it('that ask alike are asked once, whatever their rules', async () => {
    const read = { upstream: 'users', path: '/users/1' };
    const parts = {
      name: { ...read, allow: ['name'], move: { name: 'person.name' } },
      id: { ...read, allow: ['id'] },
      all: { ...read, group: 'all' },
    };
    const { json, asked } = aggregateOn({ parts }, by(people));
    assert.deepEqual((await json()).json, { person: { name: 'Ada' }, id: 7, all: { id: 7, name: 'Ada' } });
    assert.equal(asked.length, 1);
  });

  it('give others their value as it came, whatever their own rules', async () => {
    const parts = { user: { ...user, move: { id: 'card.number', name: 'card.name' } }, orders };
    const { json, calls } = aggregateOn({ parts }, by(people));
    assert.deepEqual((await json(params)).json, {
      user: { card: { number: 7, name: 'Ada' } },
      orders: ['o1'],
    });
    assert.equal(calls()[1], 'orders GET /orders?user=7');
  });

  it('end by their own time, and all by the deadline of the route', async () => {
    const never = new Promise(() => {});
    const { clock, asked, ask } = aggregateOn(
      {
        parts: {
          user,
          tips: { ...tips, timeout: '300ms' },
          slow: { upstream: 'slow', path: '/', group: 'slow' },
        },
      },
      by({ ...people, tips: never, slow: never }),
    );
    const exchange = exchangeOn(clock, params);
    exchange.deadline.within(1000);
    const pending = ask(exchange);
    await new Promise(setImmediate);
    assert.equal(asked.find(({ upstream }) => upstream === 'tips')?.timeoutMs, 295);
    clock.advance(300);
    await new Promise(setImmediate);
    assert.ok(asked.find(({ upstream }) => upstream === 'tips')?.context.cancellation.cancelled);
    assert.equal(asked.find(({ upstream }) => upstream === 'slow')?.context.cancellation.cancelled, false);
    clock.advance(680);
    assert.equal((await pending).headers.get('frontdesk-incomplete'), 'tips, slow');
  });

  it('stop when the client leaves', async () => {
    const { asked, ask, clock } = aggregateOn({ parts: { tips } }, () => new Promise(() => {}));
    const exchange = exchangeOn(clock);
    const pending = ask(exchange);
    await new Promise(setImmediate);
    const left = new FrontdeskError('client_closed');
    exchange.cancellation.cancel(left);
    await assert.rejects(pending, left);
    assert.ok(asked[0]?.context.cancellation.cancelled);
  });

  it('are kept from callers who lack their scopes, and are not asked', async () => {
    const parts = { user, tips: { ...tips, scopes: ['tips:read'] } };
    const { json, calls } = aggregateOn({ parts }, by(people));
    const without = await json({ ...params, identity: makeIdentity() });
    assert.equal(without.headers.get('frontdesk-incomplete'), 'tips');
    assert.deepEqual(calls(), ['users GET /users/u%201']);
    const identity = makeIdentity({ scopes: new Set(['tips:read']) });
    const whole = await json({ ...params, identity });
    assert.equal(whole.headers.get('frontdesk-incomplete'), undefined);
  });

  it('say what a 404 is', async () => {
    const gone = by({ ...people, users: new Answer(404) });
    const { ask } = aggregateOn({ parts: { user: { ...user, on404: 'notFound' }, tips } }, gone);
    await assert.rejects(ask(params), { code: 'not_found' });
    const { required: _, ...optional } = user;
    const { json } = aggregateOn({ parts: { user: { ...optional, on404: 'none' }, tips } }, gone);
    const answer = await json(params);
    assert.deepEqual(answer.json, { user: null, tips: ['t1'] });
    assert.equal(answer.headers.get('frontdesk-incomplete'), undefined);
  });

  it('may be operations of the graph', async () => {
    const graphed = {
      graph: { operation: 'query ($id: ID!) { user(id: $id) { name } }', variables: { id: '{params.id}' } },
    };
    const variables: object[] = [];
    const graph = async (request: { readonly variables: object }) => {
      variables.push(request.variables);
      return { data: { user: { name: 'Ada' } }, errors: [{ message: 'something' }] };
    };
    const { json } = aggregateOn({ parts: { who: { ...graphed, target: 'user', group: 'who' } } }, by({}), {
      graph,
    });
    const answer = await json(params);
    assert.deepEqual(answer.json, { who: { name: 'Ada' } });
    assert.deepEqual(variables, [{ id: 'u 1' }]);
    assert.equal(answer.headers.get('frontdesk-incomplete'), 'who');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
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

describe('fallbacks', () => {
  const kept = { ...tips, path: '/tips/{params.id}', fallback: { lastGood: '10m', constant: [] } };
  const ada = { ...params, identity: makeIdentity({ subject: 'ada' }) };

  it('are constants, under the group, and the part is still incomplete', async () => {
    const { json, counted } = aggregateOn(
      { parts: { tips: { ...tips, fallback: { constant: ['x'] } } } },
      by({ tips: down }),
    );
    const answer = await json();
    assert.deepEqual(answer.json, { tips: ['x'] });
    assert.equal(answer.headers.get('frontdesk-incomplete'), 'tips');
    assert.ok(
      counted.some(({ name, labels }) => name.endsWith('fallbacks_total') && labels[2] === 'constant'),
    );
  });

  it('are the last good value, as long as it may be', async () => {
    let answer: unknown = ['t1'];
    const { json, clock } = aggregateOn({ parts: { tips: kept } }, () => answer);
    await json(ada);
    answer = down;
    assert.deepEqual((await json(ada)).json, { tips: ['t1'] });
    clock.advance(600_001);
    assert.deepEqual((await json(ada)).json, { tips: [] });
  });

  it('are never what another caller was answered, nor of another address', async () => {
    let answer: unknown = ["ada's"];
    const { json } = aggregateOn({ parts: { tips: kept } }, () => answer);
    await json(ada);
    answer = down;
    const others = [
      { ...params, identity: makeIdentity({ subject: 'bob' }) },
      { ...params, identity: makeIdentity({ subject: 'ada', tenant: 'other' }) },
      { ...params, identity: makeIdentity({ subject: 'ada', scopes: new Set(['admin']) }) },
      params,
      { ...ada, ...withParams({ id: 'u2' }) },
    ];
    for (const other of others) assert.deepEqual((await json(other)).json, { tips: [] });
  });

  it('are never an answer of the graph that lacked something', async () => {
    const part = { graph: { operation: '{ a b }' }, fallback: { lastGood: '1m', constant: {} }, group: 'g' };
    const answers = [{ data: { a: 1, b: null }, errors: [{ message: 'b' }] }, { data: null }];
    const graph = async () => answers.shift() ?? assert.fail('asked again');
    const { json } = aggregateOn({ parts: { part } }, by({}), { graph });
    assert.deepEqual((await json()).json, { g: { a: 1, b: null } });
    assert.deepEqual((await json()).json, { g: {} });
  });

  it('are shared where the configuration says so', async () => {
    let answer: unknown = ['all'];
    const shared = { ...kept, fallback: { lastGood: '10m', shared: true } };
    const { json } = aggregateOn({ parts: { tips: shared } }, () => answer);
    await json(ada);
    answer = down;
    assert.deepEqual((await json(params)).json, { tips: ['all'] });
  });
});

describe('requests', () => {
  it('choose parts by the fields they ask for; required ones and what these need come along', async () => {
    const fields = { param: 'fields', max: 50, forward: false };
    const parts = { user, orders, tips, more: { upstream: 'more', path: '/' } };
    const { json, calls } = aggregateOn({ parts }, by({ ...people, more: { extra: 1 } }), { fields });
    const answer = await json({ ...params, query: 'fields=orders,user.name' });
    assert.deepEqual(answer.json, { user: { name: 'Ada' }, orders: ['o1'] });
    // What `more` gives cannot be told.
    assert.deepEqual(calls(), ['users GET /users/u%201', 'more GET /', 'orders GET /orders?user=7']);
  });

  it('get a required part asked that they did not ask for', async () => {
    const fields = { param: 'fields', max: 50, forward: false };
    const { json, calls } = aggregateOn({ parts: { user, orders, tips } }, by(people), { fields });
    assert.deepEqual((await json({ ...params, query: 'fields=tips' })).json, { tips: ['t1'] });
    assert.deepEqual(calls(), ['users GET /users/u%201', 'tips GET /tips']);
  });

  it('may ask for no part at all', async () => {
    const fields = { param: 'fields', max: 50, forward: false };
    const { json, calls } = aggregateOn({ parts: { tips } }, by(people), { fields });
    assert.deepEqual((await json({ query: 'fields=nothing' })).json, {});
    assert.deepEqual(calls(), []);
  });

  it('give parts their body, which must be JSON', async () => {
    const parts = {
      made: {
        upstream: 'made',
        method: 'POST',
        path: '/x',
        body: { sku: '{body.sku}', all: '{body}', note: '{body.note?}' },
        group: 'made',
      },
    };
    const { json, asked, ask } = aggregateOn({ parts }, by({ made: 1 }));
    const typed = (type: string) => ({ method: 'POST', headers: HeaderFields.of({ 'content-type': type }) });
    await json({ ...typed('application/json'), body: new WholeBody('{"sku":[1]}') });
    const sent = asked[0]?.body;
    assert.ok(sent instanceof WholeBody);
    assert.equal(Buffer.from(sent.bytes).toString(), '{"sku":[1],"all":{"sku":[1]}}');
    const text = ask({ ...typed('text/plain'), body: new WholeBody('{"sku":1}') });
    await assert.rejects(text, { code: 'unsupported_media_type' });
    const broken = ask({ ...typed('application/json'), body: new WholeBody('{') });
    await assert.rejects(broken, { code: 'bad_request' });
    const lacking = ask({ ...typed('application/json'), body: new WholeBody('{}') });
    await assert.rejects(lacking, { code: 'bad_request' });
    const large = ask({ ...typed('application/json'), body: new WholeBody(`"${'x'.repeat(2000)}"`) });
    await assert.rejects(large, { code: 'payload_too_large' });
  });
});

describe('what caches are told', () => {
  const parts = {
    user: {
      upstream: 'users',
      path: '/users/1',
      group: 'user',
      headers: { 'accept-language': '{headers.Accept-Language?}' },
    },
    tips,
  };
  const cached = by({
    users: new Answer(200, { 'cache-control': 'public, max-age=60', age: '10' }, '1'),
    tips: new Answer(200, { 'cache-control': 'public, max-age=300' }, '1'),
  });

  it('is the strictest of the parts', async () => {
    const { headers } = await aggregateOn({ parts }, cached).json();
    assert.equal(headers.get('cache-control'), 'public, max-age=50');
    assert.equal(headers.get('vary'), 'accept-language');
  });

  it('is never to share what depends on who asks', async () => {
    const { headers } = await aggregateOn({ parts }, cached).json({ identity: makeIdentity() });
    assert.equal(headers.get('cache-control'), 'private, max-age=50');
  });
});

describe('members that nobody may see', () => {
  it('are in no part of the whole', async () => {
    const { json } = aggregateOn({ parts: { user, tips } }, by({ ...people, users: { id: 1, secret: 2 } }), {
      strip: ['secret'],
    });
    assert.deepEqual((await json(params)).json, { user: { id: 1 }, tips: ['t1'] });
  });
});

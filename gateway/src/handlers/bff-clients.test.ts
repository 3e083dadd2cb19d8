import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { document, json } from '../bff/backend.ts';
import { defineBackends } from '../bff/definition.ts';
import { ScreenRun } from '../bff/engine.ts';
import type { GraphClient, GraphRequest } from '../bff/graph-client.ts';
import type { Part } from '../bff/part.ts';
import { Cancellation } from '../core/abort.ts';
import { WholeBody } from '../core/body.ts';
import { Deadline } from '../core/deadline.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { Timeline } from '../core/timeline.ts';
import type { CallUpstream, UpstreamRequest } from '../core/upstream-call.ts';
import { BffClients } from './bff-clients.ts';

interface User {
  readonly id: string;
}

const batch = { path: '/users', param: 'ids', key: 'id', items: 'users' };
const { backends, part, screen } = defineBackends({
  users: {
    get: {
      '/users/{id}': json<User>({ batch }),
      '/plain/{id}': json<User>(),
      '/search': json<string[]>(),
    },
    post: { '/users': json<User>() },
  },
});
const Orders = document<{ orders: readonly string[] | null }, { user: string }>('query Orders { orders }');

/** Runs parts against an upstream that answers by `answer`; a rejection is the call's, `undefined` a 404. */
function run(
  parts: Readonly<Record<string, Part>>,
  answer: (request: UpstreamRequest) => unknown,
  graph?: GraphClient,
) {
  const clock = new ManualClock();
  const cancellation = new Cancellation();
  const context: CallContext = {
    id: 'r1',
    client: undefined,
    host: undefined,
    identity: undefined,
    cancellation,
    deadline: new Deadline(clock, cancellation),
    timeline: new Timeline(() => clock.now()),
    trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false, state: undefined },
  };
  const asked: UpstreamRequest[] = [];
  const callUpstream: CallUpstream = async (request) => {
    asked.push(request);
    const gone = new Promise<never>((_, reject) => request.context.cancellation.onCancel(reject));
    const value = await Promise.race([answer(request), gone]);
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    const body = new WholeBody(value === undefined ? '{}' : JSON.stringify(value));
    return { status: value === undefined ? 404 : 200, headers, body, settled: new Promise(() => {}) };
  };
  const clients = new BffClients(backends, { callUpstream, graph });
  const definition = screen({ path: '/s', field: 's', parts });
  const screenRun = new ScreenRun(definition, { context, clock, openClients: clients.forRequest() });
  return { clock, asked, run: screenRun };
}

const userOf = ({ path }: UpstreamRequest) => ({ id: path.split('/').at(-1) });

/** The list's answer, in another order than asked, without user 3. */
function listOf({ path }: UpstreamRequest) {
  const ids = (path.split('ids=')[1] ?? '').split(',').filter((id) => id !== '3');
  return { users: ids.reverse().map((id) => ({ id })) };
}

const readUser = (id: string) => part(({ rest }) => rest.users.get('/users/{id}', { path: { id } }));

describe('rest', () => {
  it('encodes values into their segment, and the query', async () => {
    const { asked, run: screenRun } = run(
      {
        one: part(({ rest }) =>
          rest.users.get('/plain/{id}', {
            path: { id: '../a/b?c#d' },
            query: { 'q&': 'a b&c', n: 1, none: undefined, l: [1, 2] },
          }),
        ),
      },
      userOf,
    );
    await screenRun.all();
    assert.equal(asked[0]?.path, '/plain/..%2Fa%2Fb%3Fc%23d?q%26=a%20b%26c&n=1&l=1&l=2');
    assert.equal(asked[0]?.label, 'one');
  });

  it('refuses values that could leave their segment, and sends nothing', async () => {
    const subject: string = '1/../2';
    const dots: string = '..';
    const { asked, run: screenRun } = run(
      {
        written: part(({ rest }) => rest.users.get(`/plain/${subject}`)),
        dots: part(({ rest }) => rest.users.get('/plain/{id}', { path: { id: dots } })),
        question: part(({ rest }) => rest.users.get(`/plain/${'1?admin=1'}`)),
        body: part(({ rest }) => rest.users.get('/search', { query: { q: JSON.parse('{"a":{}}') } })),
      },
      userOf,
    );
    const { incomplete } = await screenRun.all();
    assert.deepEqual(incomplete, ['written', 'dots', 'question', 'body']);
    assert.equal(asked.length, 0);
  });

  it('asks once for what two parts read alike', async () => {
    const read = () => part(({ rest }) => rest.users.get('/plain/7'));
    const { asked, run: screenRun } = run({ a: read(), b: read() }, userOf);
    const { values } = await screenRun.all();
    assert.deepEqual(values, { a: { id: '7' }, b: { id: '7' } });
    assert.equal(asked.length, 1);
  });

  it('does not share writes, nor reads with other header fields', async () => {
    const write = () => part(({ rest }) => rest.users.post('/users', { body: { name: 'Ada' } }));
    const read = (language: string) =>
      part(({ rest }) => rest.users.get('/plain/7', { headers: { 'accept-language': language } }));
    const { asked, run: screenRun } = run({ a: write(), b: write(), c: read('de'), d: read('en') }, userOf);
    await screenRun.all();
    assert.equal(asked.length, 4);
  });

  it('reads a list where several are asked for in one turn, each part getting its own', async () => {
    const parts = { a: readUser('1'), b: readUser('2'), again: readUser('1'), missing: readUser('3') };
    const { asked, run: screenRun } = run(parts, listOf);
    const { values, incomplete } = await screenRun.all();
    assert.deepEqual(values, { a: { id: '1' }, b: { id: '2' }, again: { id: '1' }, missing: null });
    assert.deepEqual(incomplete, ['missing']);
    assert.deepEqual(
      asked.map(({ path, label }) => [path, label]),
      [['/users?ids=1,2,3', 'a,b,missing']],
    );
  });

  it('reads one alone, and an id with a comma alone', async () => {
    const one = run({ a: readUser('1') }, userOf);
    await one.run.all();
    assert.equal(one.asked[0]?.path, '/users/1');
    const comma = run({ a: readUser('1,2'), b: readUser('3') }, () => ({ id: 'x' }));
    await comma.run.all();
    assert.deepEqual(comma.asked.map(({ path }) => path).sort(), ['/users/1%2C2', '/users/3']);
  });

  it("keeps a shared read for the others when one part's timeout passes, and ends it with the last", async () => {
    const read = (timeout: '10ms' | '50ms') => part(({ rest }) => rest.users.get('/plain/7'), { timeout });
    const {
      clock,
      asked,
      run: screenRun,
    } = run({ short: read('10ms'), long: read('50ms') }, () => new Promise(() => {}));
    const answer = screenRun.all();
    await turn();
    clock.advance(10);
    assert.equal(asked[0]?.context.cancellation.cancelled, false);
    clock.advance(40);
    assert.equal(asked[0]?.context.cancellation.cancelled, true);
    assert.deepEqual((await answer).incomplete, ['short', 'long']);
  });

  it("asks again where another part's attempt timed out", async () => {
    const read = (timeout: '10ms' | '50ms') => part(({ rest }) => rest.users.get('/plain/7'), { timeout });
    let calls = 0;
    const { asked, run: screenRun } = run({ short: read('10ms'), long: read('50ms') }, (request) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new FrontdeskError('upstream_timeout')) : userOf(request);
    });
    const { values } = await screenRun.all();
    assert.deepEqual(values, { short: null, long: { id: '7' } });
    assert.deepEqual(
      asked.map(({ timeoutMs }) => timeoutMs),
      [5, 45],
    );
  });

  it('forgets a read that failed', async () => {
    let calls = 0;
    const twice = part(async ({ rest }) => {
      try {
        return await rest.users.get('/plain/7');
      } catch {
        return rest.users.get('/plain/7');
      }
    });
    const { run: screenRun } = run({ twice }, (request) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new FrontdeskError('upstream_reset')) : userOf(request);
    });
    assert.deepEqual((await screenRun.all()).values, { twice: { id: '7' } });
  });
});

describe('graph', () => {
  const orders = part(({ graph }) => graph(Orders, { user: '1' }), { shape: (data) => data.orders });

  it('passes the operation on, with the part behind it', async () => {
    const asked: GraphRequest[] = [];
    const { run: screenRun } = run({ orders }, userOf, async (request) => {
      asked.push(request);
      return { data: { orders: ['o1'] } };
    });
    assert.deepEqual(await screenRun.all(), { values: { orders: ['o1'] }, incomplete: [] });
    assert.equal(asked[0]?.query, Orders.source);
    assert.deepEqual(asked[0]?.variables, { user: '1' });
  });

  it('serves what is there of a partial answer, and says so', async () => {
    const errors = [{ message: 'down' }];
    const some = run({ orders }, userOf, async () => ({ data: { orders: ['o1'] }, errors }));
    assert.deepEqual(await some.run.all(), { values: { orders: ['o1'] }, incomplete: ['orders'] });
    const nothing = run({ orders }, userOf, async () => ({ data: { orders: null }, errors }));
    assert.equal((await nothing.run.part('orders')).failure?.code, 'upstream_error');
  });

  it("fails with the graph's own code where that is one of ours", async () => {
    const failing = (code: unknown) =>
      run({ orders }, userOf, async () => ({
        data: null,
        errors: [{ message: 'no', extensions: { code } }],
      }));
    assert.equal(
      (await failing('INSUFFICIENT_SCOPE').run.part('orders')).failure?.code,
      'insufficient_scope',
    );
    assert.equal((await failing('SOMETHING_ELSE').run.part('orders')).failure?.code, 'upstream_error');
    assert.equal((await run({ orders }, userOf).run.part('orders')).failure?.code, 'internal');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { document } from '../../bff/backend.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import type { PartScope } from '../../bff/screen/part-run.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { part, run, userOf } from './clients.fixture.ts';
import { RequestMemo } from './request-memo.ts';

const Orders = document<{ orders: string[] }, { user: string }>('query Orders { orders }');
const Place = document<{ place: string }>('mutation Place { place }');

function graphOf(errors: readonly { message: string }[] = []) {
  const asked: string[] = [];
  const graph: GraphClient = async ({ query, variables }) => {
    asked.push(`${query} ${JSON.stringify(variables)}`);
    await turn();
    return { data: { orders: ['o1'], place: 'p' }, errors };
  };
  return { asked, graph };
}

describe('what one request asks', () => {
  it('of the graph is run once for all parts that ask the same, who all hear what was missing', async () => {
    const orders = (user: string) => part(({ graph }) => graph(Orders, { user }));
    const { asked, graph } = graphOf([{ message: 'one is gone' }]);
    const parts = { a: orders('1'), b: orders('1'), c: orders('2') };
    const { incomplete } = await run(parts, userOf, graph).run.all();
    assert.equal(asked.length, 2);
    assert.deepEqual(incomplete, ['a', 'b', 'c']);
  });

  it('of the graph is done as often as it is asked, where it is no query', async () => {
    const place = () => part(({ graph }) => graph(Place));
    const { asked, graph } = graphOf();
    await run({ a: place(), b: place() }, userOf, graph).run.all();
    assert.equal(asked.length, 2);
  });

  it('for nobody is not what it asks for the caller', async () => {
    const read = (shared: boolean) =>
      part(({ rest }) => rest.users.get('/plain/7'), shared ? { cache: { for: '1s', scope: 'shared' } } : {});
    const parts = { own: read(false), again: read(false), shared: read(true) };
    const { asked, run: screenRun } = run(parts, userOf);
    await screenRun.all();
    assert.deepEqual(
      asked.map(({ context }) => context.identity?.subject),
      ['u1', undefined],
    );
  });

  it('for nobody is not what it asks for a caller whom nobody knows, of whom backends are told whence they come', async () => {
    const shared = part(({ rest }) => rest.users.get('/plain/7'), { cache: { for: '1s', scope: 'shared' } });
    const parts = { own: part(({ rest }) => rest.users.get('/plain/7')), shared };
    const { asked, run: screenRun } = run(parts, userOf, undefined, {
      client: { address: '192.0.2.1', scheme: 'http' },
    });
    await screenRun.all();
    assert.deepEqual(
      asked.map(({ context }) => context.client?.address),
      ['192.0.2.1', undefined],
    );
  });

  it('is asked again by a part with time left, when the first to ask had none', async () => {
    const hasty = part(({ rest }) => rest.users.get('/plain/7'), { timeout: '10ms' });
    const patient = part(({ rest }) => rest.users.get('/plain/7'));
    let calls = 0;
    const { run: screenRun, asked } = run({ hasty, patient }, () => {
      calls += 1;
      if (calls === 1) throw new FrontdeskError('upstream_timeout');
      return { id: '7' };
    });
    assert.deepEqual((await screenRun.all()).values, { hasty: null, patient: { id: '7' } });
    assert.equal(asked.length, 2);
  });
});

describe('a memo that keeps nothing', () => {
  it('shares what is under way, and asks again for what was answered: a step that looks twice sees what is so now', async () => {
    const memo = new RequestMemo({ keeps: false });
    let asked = 0;
    const ask = async (): Promise<number> => {
      asked += 1;
      return asked;
    };
    const scope: PartScope = {
      name: 'driver',
      context: contextOn(systemClock),
      remainingMs: () => undefined,
      notePartial: () => {},
    };
    assert.deepEqual(await Promise.all([memo.share('k', scope, ask), memo.share('k', scope, ask)]), [1, 1]);
    assert.equal(await memo.share('k', scope, ask), 2);
    const keeping = new RequestMemo();
    assert.deepEqual([await keeping.share('k', scope, ask), await keeping.share('k', scope, ask)], [3, 3]);
  });
});

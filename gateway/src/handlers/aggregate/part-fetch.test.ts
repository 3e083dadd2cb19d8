import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LastGood } from '../../bff/screen/last-good.ts';
import { collect } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn, exchangeOn } from '../../core/testing/exchange.ts';
import { RequestReads } from '../bff/reads.ts';
import { Answer, aggregateOn } from './aggregate.fixture.ts';
import { aggregateConfig } from './config.ts';
import { PartFetch } from './part-fetch.ts';
import { planAggregate } from './plan.ts';

describe('a part that is asked', () => {
  it('states what it can read, unless its fields say otherwise', async () => {
    const part = { upstream: 'a', path: '/', group: 'a' };
    const named = { ...part, group: 'b', headers: { Accept: 'application/vnd.a+json' } };
    const { ask, asked } = aggregateOn({ parts: { part, named } }, () => 1);
    await ask();
    const accepts = asked.map(({ headers }) => headers.get('accept'));
    assert.deepEqual(accepts, [
      'application/json, application/xml;q=0.9, text/xml;q=0.8',
      'application/vnd.a+json',
    ]);
  });

  it('sends nothing of the client by itself', async () => {
    const { ask, asked } = aggregateOn({ parts: { a: { upstream: 'a', path: '/', group: 'a' } } }, () => 1);
    await ask({ query: 'x=1' });
    assert.equal(asked[0]?.path, '/');
    assert.deepEqual(
      asked[0]?.headers.flat.filter((_, i) => i % 2 === 0),
      ['accept'],
    );
  });

  it('keeps the numbers of its answer digit by digit', async () => {
    const { ask } = aggregateOn(
      { parts: { a: { upstream: 'a', path: '/' } } },
      () => new Answer(200, {}, '{"id":12345678901234567890,"p":1.10}'),
    );
    const { body } = await ask();
    const text = Buffer.from(await collect(body, 1000, () => new Error('too large'))).toString();
    assert.equal(text, '{"id":12345678901234567890,"p":1.1}');
  });
});

describe('a part that is not', () => {
  const clock = new ManualClock();
  const callUpstream = () => Promise.reject(new FrontdeskError('upstream_connect'));
  function fetchOf(part: object): PartFetch {
    const plan = planAggregate(
      aggregateConfig.parse({ parts: { a: { upstream: 'a', path: '/x', ...part } } }),
    );
    const [only] = plan.parts;
    assert.ok(only);
    return new PartFetch(only, {
      source: { exchange: exchangeOn(clock), clock, body: undefined },
      reads: new RequestReads(callUpstream),
      ask: callUpstream,
      graph: undefined,
      lastGood: new LastGood(clock),
      route: '/r',
    });
  }

  it('has its constant, or nothing', () => {
    assert.equal(fetchOf({}).fallback, undefined);
    assert.deepEqual(fetchOf({ fallback: { constant: { x: 1 } } }).fallback, { value: { x: 1 } });
    const none = fetchOf({ fallback: { lastGood: '1m' } });
    assert.equal(none.fallback, undefined);
    assert.equal(none.standIn, undefined);
  });

  it('was not opened', async () => {
    const { identity } = contextOn(clock);
    assert.equal(identity, undefined);
    const context = {
      rest: {},
      grpc: {},
      graph: assert.fail,
      use: assert.fail,
      identity: Object.create(null),
      input: {},
    };
    await assert.rejects(fetchOf({}).resolve(context), { code: 'internal' });
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LastGood } from '../bff/screen/last-good.ts';
import { configSchema } from '../config/schema.ts';
import { collect, WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { exchangeOn } from '../core/testing/exchange.ts';
import type { UpstreamRequest } from '../core/upstream-call.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { aggregated, replyRulesOf } from './aggregated.ts';
import { planMounts } from './mount-plan.ts';

const clock = new ManualClock();

function mount(more: object = {}, match: object = {}) {
  const part = (group: string) => ({ upstream: 'x', path: `/${group}`, group });
  const to = { aggregate: { parts: { a: part('a'), b: part('b') } } };
  const config = configSchema.parse({ routes: [{ match: { path: '/v', ...match }, to, ...more }] });
  const planned = planMounts(config, []).at(-1);
  assert.ok(planned?.answer.kind === 'aggregate');
  const asked: UpstreamRequest[] = [];
  const residents = {
    clock,
    logger: noLogger,
    metrics: createMetrics({ maxSeries: 100 }),
    lastGood: new LastGood(clock),
  };
  const callUpstream = async (request: UpstreamRequest) => {
    asked.push(request);
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    return {
      status: 200,
      headers,
      body: new WholeBody('{"secret":1,"x":2}'),
      settled: new Promise<never>(() => {}),
    };
  };
  const handler = aggregated(planned.answer, planned, { callUpstream, graph: undefined, residents });
  const ask = async (query = '') => {
    const { body } = await handler(exchangeOn(clock, { query }));
    return JSON.parse(Buffer.from(await collect(body, 1000, () => new Error('large'))).toString());
  };
  return { planned, asked, ask };
}

test('a route that says no methods is for reading', () => {
  assert.deepEqual(mount().planned.match.methods, ['GET', 'HEAD']);
  assert.deepEqual(mount({}, { methods: ['POST'] }).planned.match.methods, ['POST']);
});

test("the route's strip and timeout hold for its parts", async () => {
  const { asked, ask } = mount({ response: { strip: ['secret'] }, timeout: '2s' });
  assert.deepEqual(await ask(), { a: { x: 2 }, b: { x: 2 } });
  assert.deepEqual(
    asked.map(({ timeoutMs, label }) => [timeoutMs, label]),
    [
      [2000, 'a'],
      [2000, 'b'],
    ],
  );
});

test('the choice of fields is its own matter, unless rules come between', async () => {
  const own = mount({ response: { fields: true, produces: ['application/json'] } });
  assert.deepEqual(await own.ask('fields=a.x'), { a: { x: 2 } });
  assert.equal(own.asked.length, 1);
  assert.ok(own.planned.rules);
  const left = replyRulesOf(own.planned, own.planned.rules.response);
  assert.equal(left.fields, undefined);
  assert.deepEqual(left.produces, ['application/json']);

  const ruled = mount({ response: { fields: true, json: { mapping: { a: 'c' } } } });
  await ruled.ask('fields=c');
  assert.equal(ruled.asked.length, 2);
  assert.ok(ruled.planned.rules);
  assert.ok(replyRulesOf(ruled.planned, ruled.planned.rules.response).fields);
});

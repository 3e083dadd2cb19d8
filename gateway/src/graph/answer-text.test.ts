import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { answerText, completed, refusalText } from './answer-text.ts';
import { graphConfig } from './config.ts';
import { publicEntry } from './execute/failure.ts';
import type { Run } from './execute/run.ts';
import { Operations } from './operation.ts';
import { Refusal } from './refusal.ts';
import { loadSupergraph, type Supergraph } from './supergraph/supergraph.ts';
import { companySupergraph, testContext } from './testing/company.fixture.ts';

let supergraph: Supergraph;
before(async () => {
  supergraph = await loadSupergraph(await companySupergraph());
});
after(() => supergraph.planner.close());

async function compiled(query: string) {
  const operations = new Operations(supergraph, graphConfig.parse({ supergraph: 'x' }), {
    callUpstream: () => Promise.reject(new Error('nobody is asked here')),
    upstreamOf: (name) => ({ upstream: name, path: '/' }),
    logger: noLogger,
    maxReplyBytes: 1000,
    errors: { subgraphMessages: false, max: 50 },
  });
  const prepared = operations.prepare(query, undefined, false);
  assert.ok(!(prepared instanceof Refusal));
  return operations.compile(prepared, {}, 'trusted');
}

const runOf = (data: Run['data'], more: Partial<Run> = {}): Run => ({
  context: testContext(),
  forwarded: [],
  variables: {},
  data,
  loose: [],
  failed: false,
  plain: true,
  ...more,
});

const OPTIONS = { maxErrors: 1, serviceNames: false };

test('clean data is written as it stands; failures and loose errors are told by the book', async () => {
  const operation = await compiled('{ me { id name } }');
  const data = { me: { id: '1', name: 'x' } };
  assert.deepEqual(answerText(operation, runOf(data), OPTIONS), {
    body: '{"data":{"me":{"id":"1","name":"x"}}}',
    errors: 0,
    refusal: undefined,
    headers: undefined,
  });
  const loose = [publicEntry('upstream_error', 'a'), publicEntry('upstream_timeout', 'b')];
  const { body, errors } = answerText(operation, runOf(data, { failed: true, loose }), OPTIONS);
  assert.equal(errors, 1);
  assert.equal(JSON.parse(body).errors[0].extensions.code, 'UPSTREAM_ERROR');
  assert.deepEqual(completed(operation.shape, runOf(data, { loose }), OPTIONS).data, data);
});

test('a refusal has no data', () => {
  const refusal = new Refusal('refused', 400, [{ message: 'no', extensions: { code: 'NO' } }]);
  assert.deepEqual(refusalText(refusal), {
    body: '{"errors":[{"message":"no","extensions":{"code":"NO"}}]}',
    errors: 1,
    refusal,
  });
});

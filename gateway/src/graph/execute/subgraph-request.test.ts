import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testContext } from '../testing/company.fixture.ts';
import { publicEntry } from './failure.ts';
import type { Run } from './run.ts';
import { requestPrefix, takeErrors, variablesText } from './subgraph-request.ts';

test('prefix and variables make a request', () => {
  const prefix = requestPrefix({ operation: 'query A($a:Int){b(c:"\\n")}', operationName: 'A' });
  const variables = variablesText(['a', 'none', 'n'], { a: 1, n: null, other: 2 });
  assert.deepEqual(JSON.parse(`${prefix}${variables}}}`), {
    query: 'query A($a:Int){b(c:"\\n")}',
    operationName: 'A',
    variables: { a: 1, n: null },
  });
  assert.equal(requestPrefix({ operation: '{a}', operationName: undefined }), '{"query":"{a}","variables":{');
});

test('what a reply says of its errors goes to the run', () => {
  const run: Run = {
    context: testContext(),
    forwarded: [],
    variables: {},
    data: {},
    loose: [],
    failed: false,
    plain: true,
  };
  const entries = [publicEntry('upstream_error', 's')];
  takeErrors(run, { data: {}, entries: [], failed: false, plain: true });
  assert.deepEqual([run.failed, run.plain], [false, true]);
  takeErrors(run, { data: null, entries, failed: true, plain: false });
  assert.deepEqual([run.failed, run.plain, run.loose.length], [true, false, 0]);
  takeErrors(run, { data: {}, entries, failed: true, plain: true });
  assert.deepEqual(run.loose, entries);
});

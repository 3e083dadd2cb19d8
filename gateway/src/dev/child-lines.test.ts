import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readableLine } from './child-lines.ts';

test('the log is told in words, what code writes as it is', () => {
  const line = '{"level":40,"time":1,"part":"offers","code":"upstream_timeout","msg":"a part failed"}';
  assert.equal(readableLine(line), 'warn  a part failed  part=offers code=upstream_timeout');
  for (const other of ['hello', '{"a":1}', '{"broken']) assert.equal(readableLine(other), other);
});

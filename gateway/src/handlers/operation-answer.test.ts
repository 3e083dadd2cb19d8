import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { answerOf } from './operation-answer.ts';
import { operationReply } from './operation-body.ts';

const replied = (status: number, body: string) => makeReply(status, new HeaderFields(), new WholeBody(body));

test('the graph’s answer is what it is, whatever failed within it', async () => {
  const answer = { body: '{"data":1}', errors: 0, refusal: undefined };
  assert.equal(await answerOf(operationReply(answer), new Error('a part of it')), answer);
});

test('a reply that was made of an error is that error', async () => {
  const error = new FrontdeskError('plugin_failed', { members: { plugin: 'p', reason: 'threw' } });
  assert.equal(await answerOf(replied(500, '{"data":1}'), error), error);
});

test('a step’s own answer: a response of GraphQL, or what its status says', async () => {
  const data = await answerOf(replied(200, '{"data":{"a":1},"errors":[{"message":"b"}]}'), undefined);
  assert.ok('body' in data && data.refusal === undefined && data.errors === 1);
  const refused = await answerOf(
    replied(403, '{"errors":[{"message":"no","extensions":{"code":"NO"}}]}'),
    undefined,
  );
  assert.ok('body' in refused);
  assert.deepEqual(refused.refusal?.errors, [{ message: 'no', extensions: { code: 'NO' } }]);
  for (const [status, body, code] of [
    [403, 'no', 'forbidden'],
    [401, '', 'unauthenticated'],
    [418, '{}', 'bad_request'],
    [400, '{"errors":[]}', 'bad_request'],
    [429, '{"errors":[1]}', 'rate_limited'],
    [500, '', 'internal'],
    [200, 'hello', 'internal'],
    [200, 'null', 'internal'],
    [403, `{"data":"${'x'.repeat(1024 * 1024)}"}`, 'forbidden'],
  ] as const) {
    const failed = await answerOf(replied(status, body), undefined);
    assert.ok(failed instanceof FrontdeskError, `${status} ${body}`);
    assert.equal(failed.code, code, `${status} ${body}`);
  }
});

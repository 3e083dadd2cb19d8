import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MULTIPART_CLOSE,
  MULTIPART_OPEN,
  multipartPart,
  subscriptionFailure,
  subscriptionPayload,
} from './multipart.ts';

/** Parts by the grammar of RFC 2046 §5.1.1. */
function partsOf(text: string): string[] {
  const [preamble, ...rest] = text.split('\r\n---');
  assert.equal(preamble, '');
  const last = rest.pop();
  assert.equal(last, '--\r\n', 'the closing delimiter');
  return rest.map((part) => {
    const [head = '', body = ''] = part.split('\r\n\r\n');
    assert.equal(head, '\r\ncontent-type: application/json; charset=utf-8');
    return body;
  });
}

test('parts, the last of them known or not', () => {
  const open = MULTIPART_OPEN;
  assert.deepEqual(partsOf(open + multipartPart('{"a":1}', false) + multipartPart('{"b":2}', true)), [
    '{"a":1}',
    '{"b":2}',
  ]);
  assert.deepEqual(partsOf(open + multipartPart('{}', false) + MULTIPART_CLOSE), ['{}']);
  assert.deepEqual(partsOf(open + MULTIPART_CLOSE), []);
});

test('a part ends with its delimiter: nobody waits for the next to have it', () => {
  assert.ok(multipartPart('{}', false).endsWith('\r\n---'));
});

test('the envelopes of the subscription protocol are JSON', () => {
  assert.deepEqual(JSON.parse(subscriptionPayload('{"data":{"n":1}}')), { payload: { data: { n: 1 } } });
  assert.deepEqual(JSON.parse(subscriptionFailure('[{"message":"x"}]')), {
    payload: null,
    errors: [{ message: 'x' }],
  });
});

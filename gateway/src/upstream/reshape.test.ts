import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { Settlement } from '../core/settlement.ts';
import { coded } from '../core/testing/errors.ts';
import { makeJsonStripper } from '../wire/json-strip.ts';
import { UpstreamCall } from './call.ts';
import { reshape } from './reshape.ts';
import { request, text } from './testing/harness.ts';

test('replies lose the members; what cannot be read, or is too large to be, is refused', async () => {
  const policy = reshape(makeJsonStripper(['secret']), 40);
  const through = (body: string) =>
    policy(new UpstreamCall(request()), () =>
      Promise.resolve({
        status: 200,
        headers: new HeaderFields(),
        body: new WholeBody(body),
        settled: new Settlement().settled,
      }),
    );
  assert.equal(await text(await through('[{"secret":1,"id":2}]')), '[{"id":2}]');
  await assert.rejects(through('secret'), coded('upstream_invalid'));
  await assert.rejects(through(`["${'x'.repeat(40)}"]`), coded('upstream_too_large'));
});

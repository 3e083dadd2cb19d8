import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { UpstreamCall } from '../call.ts';
import { context, request } from '../testing/harness.ts';
import { makeAsker } from './asker.ts';

test("an identity counts first, then fields that carry credentials; the gateway's own are nobody's", () => {
  const askerOf = makeAsker(['X-Partner-Key'], ['X-Api-Key']);
  const ask = (headers: Record<string, string>, identity = false) =>
    askerOf(
      new UpstreamCall(
        request({
          headers: HeaderFields.of(headers),
          context: context(identity ? { identity: makeIdentity() } : {}),
        }),
      ),
    );
  assert.equal(ask({}), 'anyone');
  assert.equal(ask({ authorization: 'x' }, true), 'identity');
  for (const name of ['authorization', 'cookie', 'dpop', 'x-partner-key'])
    assert.equal(ask({ [name]: 'x' }), 'credentials');
  assert.equal(ask({ 'x-api-key': 'ours', accept: '*/*' }), 'anyone');
});

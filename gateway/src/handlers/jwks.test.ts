import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { exchangeOn } from '../core/testing/exchange.ts';
import { jwksHandler } from './jwks.ts';

test('the keys of now are told, and may be kept for a while', async () => {
  let keys = [{ kid: 'a' }];
  const handler = jwksHandler(() => ({ keys }));
  keys = [{ kid: 'b' }];
  const { status, headers, body } = await handler(exchangeOn(new ManualClock()));
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'application/jwk-set+json');
  assert.equal(headers.get('cache-control'), 'public, max-age=300');
  assert.ok(body instanceof WholeBody);
  assert.deepEqual(JSON.parse(Buffer.from(body.bytes).toString()), { keys });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { introspectionClient } from './introspection-client.ts';

test('the token goes in a form, to the endpoint, with what the client proves itself by', async () => {
  const clock = new ManualClock();
  const requests: UpstreamRequest[] = [];
  const audiences: string[] = [];
  const ask = introspectionClient({
    source: {
      callUpstream: async (request) => {
        requests.push(request);
        const body = new WholeBody('{"active":true}');
        const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
        return { status: 200, headers: new HeaderFields(), body, settled };
      },
      context: () => contextOn(clock),
    },
    upstream: 'auth:introspection',
    endpoint: async () => new URL('https://id.example/introspect?x=1'),
    fields: async (audience) => {
      audiences.push(audience);
      return { client_id: 'gateway' };
    },
    issuer: undefined,
    repeatable: false,
    timeoutMs: 700,
  });
  assert.deepEqual(await ask('a/b+c='), { active: true });
  const [request] = requests;
  assert.deepEqual(
    [request?.method, request?.path, request?.timeoutMs, request?.idempotent],
    ['POST', '/introspect?x=1', 700, false],
  );
  assert.equal(request?.headers.get('content-type'), 'application/x-www-form-urlencoded');
  assert.ok(request?.body instanceof WholeBody);
  const form = new URLSearchParams(Buffer.from(request.body.bytes).toString());
  assert.deepEqual(Object.fromEntries(form), {
    token: 'a/b+c=',
    token_type_hint: 'access_token',
    client_id: 'gateway',
  });
  assert.deepEqual(audiences, ['https://id.example/introspect?x=1']);
});

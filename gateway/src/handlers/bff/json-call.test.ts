import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BackendStatusError } from '../../bff/backend-failure.ts';
import { type Body, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { UpstreamReply, UpstreamRequest } from '../../core/upstream-call.ts';
import { callJson, type JsonCall, MAX_ANSWER_BYTES } from './json-call.ts';

function callTo(overrides: Partial<JsonCall> = {}): JsonCall {
  return {
    upstream: 'users',
    context: contextOn(new ManualClock()),
    method: 'GET',
    path: '/users/1',
    template: '/users/{id}',
    headers: undefined,
    body: undefined,
    idempotent: undefined,
    timeoutMs: undefined,
    label: 'user',
    ...overrides,
  };
}

function answering(status: number, type: string, body: Body, more: Record<string, string> = {}) {
  const asked: UpstreamRequest[] = [];
  const callUpstream = async (request: UpstreamRequest): Promise<UpstreamReply> => {
    asked.push(request);
    const headers = HeaderFields.of({ ...(type === '' ? {} : { 'content-type': type }), ...more });
    return { status, headers, body, settled: new Promise(() => {}) };
  };
  return { asked, callUpstream };
}

/** A body of which nothing ever comes, that remembers how it was ended. */
function silentBody() {
  const seen: { cancelled?: Error; discarded?: Error } = {};
  const body: Body = {
    length: undefined,
    replayable: false,
    start: () => ({
      resume() {},
      cancel(reason) {
        seen.cancelled = reason;
      },
    }),
    discard(reason) {
      seen.discarded = reason;
    },
  };
  return { body, seen };
}

describe('callJson', () => {
  it('sends JSON with its label and limits, and reads JSON of any kind', async () => {
    const { asked, callUpstream } = answering(
      201,
      'Application/Vnd.Shop+JSON; charset=utf-8',
      new WholeBody('{"a":1}'),
    );
    const call = callTo({ method: 'POST', body: { b: 2 }, idempotent: true, timeoutMs: 90 });
    assert.deepEqual(await callJson(callUpstream, call), { a: 1 });
    const [request] = asked;
    assert.equal(request?.label, 'user');
    assert.equal(request?.timeoutMs, 90);
    assert.equal(request?.idempotent, true);
    assert.equal(request?.headers.get('content-type'), 'application/json');
    assert.equal(request?.headers.get('accept'), 'application/json');
    assert.ok(request?.body instanceof WholeBody);
    assert.equal(Buffer.from(request.body.bytes).toString(), '{"b":2}');
  });

  it('gives null for an answer without content', async () => {
    assert.equal(await callJson(answering(204, '', new WholeBody('')).callUpstream, callTo()), null);
  });

  it('names a status that is no success, with its Retry-After, and frees the connection', async () => {
    const { body, seen } = silentBody();
    const { callUpstream } = answering(503, 'text/html', body, { 'retry-after': '9' });
    await assert.rejects(callJson(callUpstream, callTo()), (error) => {
      assert.ok(error instanceof BackendStatusError);
      assert.equal(error.code, 'upstream_error');
      assert.equal(error.backendStatus, 503);
      assert.equal(error.retryAfterS, 9);
      assert.equal(error.detail, 'users: GET /users/{id} was answered 503');
      return true;
    });
    assert.ok(seen.discarded);
  });

  it('refuses what is no JSON, broken, or too large', async () => {
    const refused = async (type: string, body: Body, code: string) =>
      assert.rejects(callJson(answering(200, type, body).callUpstream, callTo()), { code });
    await refused('text/html', new WholeBody('<p>'), 'upstream_invalid');
    await refused('', new WholeBody('{}'), 'upstream_invalid');
    await refused('application/json', new WholeBody('{"a":'), 'upstream_invalid');
    await refused(
      'application/json',
      new WholeBody(new Uint8Array(MAX_ANSWER_BYTES + 1)),
      'upstream_too_large',
    );
  });

  it('stops reading when the caller is gone', async () => {
    const { body, seen } = silentBody();
    const call = callTo();
    const answer = callJson(answering(200, 'application/json', body).callUpstream, call);
    await turn();
    const reason = new FrontdeskError('client_closed');
    call.context.cancellation.cancel(reason);
    await assert.rejects(answer, reason);
    assert.equal(seen.cancelled, reason);

    const late = silentBody();
    await assert.rejects(callJson(answering(200, 'application/json', late.body).callUpstream, call), reason);
    assert.equal(late.seen.discarded, reason);
  });
});

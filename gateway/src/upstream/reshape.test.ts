import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { Settlement } from '../core/settlement.ts';
import { coded } from '../core/testing/errors.ts';
import { makeJsonStripper } from '../wire/json/json-strip.ts';
import { UpstreamCall } from './call.ts';
import { reshape } from './reshape.ts';
import { backend, request, rig, text } from './testing/harness.ts';

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

test('JSON replies of status 2xx get another shape, whoever asks; others pass', async (t) => {
  const url = await backend(t, (incoming, outgoing) => {
    const type = incoming.url === '/text' ? 'text/plain' : 'application/json';
    outgoing.writeHead(incoming.url === '/404' ? 404 : 200, { 'content-type': type, etag: '"a"' });
    outgoing.end(incoming.url === '/bad' ? '{' : '{"secret":1,"data":{"id":2}}');
  });
  const response = { strip: ['secret'], json: { target: 'data', constant: { ok: true } } };
  const { call } = rig(t, { users: { url, response } });
  const reply = await call(request());
  assert.equal(reply.headers.get('etag'), 'W/"a"');
  assert.equal(reply.headers.get('content-length'), '18');
  assert.equal(await text(reply), '{"id":2,"ok":true}');
  assert.equal(await text(await call(request({ path: '/404' }))), '{"data":{"id":2}}');
  assert.equal(await text(await call(request({ path: '/text' }))), '{"data":{"id":2}}');
  await assert.rejects(call(request({ path: '/bad' })), coded('upstream_invalid'));
});

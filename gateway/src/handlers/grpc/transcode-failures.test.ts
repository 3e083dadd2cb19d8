/** What a gRPC call that fails is over HTTP. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metadata, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { type Answer, ask, type Call, jsonOf, transcoder } from './transcode.fixture.ts';

describe('a call that fails', () => {
  const failing = (code: status, details: string, metadata?: Metadata): UntypedServiceImplementation => ({
    Get: (_call: Call, answer: Answer) => answer({ code, details, ...(metadata ? { metadata } : {}) }),
  });

  it('is a problem document with the status that HTTP has for it', async (t) => {
    const reply = await ask(
      await transcoder(t, failing(status.NOT_FOUND, 'no item 1')),
      'GET',
      '/v1/items/1',
    );
    assert.equal(reply.status, 404);
    assert.equal(reply.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(await jsonOf(reply), {
      type: 'urn:frontdesk:problem:grpc-not-found',
      title: 'No such resource',
      status: 404,
      code: 'NOT_FOUND',
      detail: 'no item 1',
      instance: 'urn:frontdesk:request:r1',
      requestId: 'r1',
    });
  });

  it('keeps the words of a fault that the caller cannot mend to itself', async (t) => {
    const inside = failing(status.INTERNAL, 'db01 is down');
    assert.doesNotMatch(
      JSON.stringify(await jsonOf(await ask(await transcoder(t, inside), 'GET', '/v1/items/1'))),
      /db01/,
    );
    const open = await transcoder(t, inside, { errors: { messages: 'all' } });
    assert.match(JSON.stringify(await jsonOf(await ask(open, 'GET', '/v1/items/1'))), /db01/);
    const shut = await transcoder(t, failing(status.NOT_FOUND, 'no item 1'), {
      errors: { messages: 'none' },
    });
    assert.doesNotMatch(JSON.stringify(await jsonOf(await ask(shut, 'GET', '/v1/items/1'))), /no item/);
  });

  it('has its details where the route lets them out, and Retry-After either way', async (t) => {
    const metadata = new Metadata();
    // google.rpc.Status { code: 8, details: [Any RetryInfo { retry_delay: 3s }] }
    const url = 'type.googleapis.com/google.rpc.RetryInfo';
    const any = Buffer.concat([
      Buffer.from([0x0a, url.length]),
      Buffer.from(url),
      Buffer.from([0x12, 4, 0x0a, 2, 8, 3]),
    ]);
    metadata.set('grpc-status-details-bin', Buffer.concat([Buffer.from([8, 8, 0x1a, any.length]), any]));
    const busy = failing(status.RESOURCE_EXHAUSTED, 'later', metadata);
    const shut = await ask(await transcoder(t, busy), 'GET', '/v1/items/1');
    assert.deepEqual([shut.status, shut.headers.get('retry-after')], [429, '3']);
    assert.doesNotMatch(JSON.stringify(await jsonOf(shut)), /RetryInfo/);
    const open = await ask(await transcoder(t, busy, { errors: { details: true } }), 'GET', '/v1/items/1');
    assert.deepEqual(Object(await jsonOf(open)).details, [{ '@type': url, retryDelay: '3s' }]);
  });
});

it('a body that is no UTF-8 is refused rather than changed', async (t) => {
  const handler = await transcoder(t, { Create: () => assert.fail('was called') });
  const body = Buffer.from('{"name":"\xff"}', 'latin1');
  await assert.rejects(ask(handler, 'POST', '/v1/shelves/s/items', { body }), { code: 'bad_request' });
});

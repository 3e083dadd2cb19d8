/** Members that an upstream's clients may not see, of messages that come by gRPC: whoever calls. */
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { collect, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { makeJsonStripper } from '../../wire/json/json-strip.ts';
import { shop } from './grpc.fixture.ts';
import { stripBytes, stripMessage } from './grpc-strip.ts';
import { type Answer, ask, type Call } from './transcode.fixture.ts';
import { transcodeHandler } from './transcode.ts';
import { transcodeConfig } from './transcode-config.ts';

test('a message loses them; nothing is done where nothing is to be stripped; what is no JSON is refused', () => {
  const strip = makeJsonStripper(['secret']);
  const message = { id: 1, secret: 2 };
  assert.deepEqual(stripMessage(message, strip), { id: 1 });
  assert.equal(stripMessage(message, undefined), message);
  assert.throws(() => stripBytes(Buffer.from('secret'), strip), { code: 'upstream_invalid' });
  assert.equal(stripBytes(Buffer.from(''), strip).length, 0);
});

describe('response.strip and response.json of an upstream that is called by gRPC', () => {
  const item = { name: 'a', shelf: 'secret', price: '5' };
  const methods = {
    Get: (_call: Call, answer: Answer) => answer(null, item),
    List: (_call: Call, answer: Answer) => answer(null, { items: [item] }),
    Watch: (call: ServerWritableStream<object, object>) => {
      call.write(item);
      call.write(item);
      call.end();
    },
    Picture: ({ request }: Call, answer: Answer) =>
      answer(null, {
        contentType: 'application/json',
        data: Buffer.from(Object(request).name === 'text' ? 'secret' : JSON.stringify(item)),
      }),
  };
  const text = async (body: Parameters<typeof collect>[0]): Promise<string> =>
    Buffer.from(await collect(body, 1e6, () => new Error())).toString();

  it('holds for each message, of its own shape', async (t) => {
    const { proto, callUpstream } = await shop(t, methods, { response: { strip: ['shelf', 'items.shelf'] } });
    const config = transcodeConfig.parse({ upstream: 'shop', proto });
    const handler = await transcodeHandler({ callUpstream, config, template: '/*' });
    const got = async (target: string): Promise<string> => text((await ask(handler, 'GET', target)).body);
    assert.equal(await got('/v1/items/1'), '{"name":"a","price":"5"}');
    assert.deepEqual(JSON.parse(await got('/v1/items')), [
      { name: 'a', price: '5', kind: 'KIND_UNSPECIFIED' },
    ]);
    assert.equal(await got('/v1/watch/1'), '{"name":"a","price":"5"}\n{"name":"a","price":"5"}\n');
    assert.equal(await got('/v1/pictures/json'), '{"name":"a","price":"5"}');
    await assert.rejects(got('/v1/pictures/text'), { code: 'upstream_invalid' });
  });

  it('rules come after, and a route’s own last', async (t) => {
    const { proto, callUpstream } = await shop(t, methods, {
      response: { strip: ['shelf'], json: { mapping: { name: 'title' }, constant: { shelf: 'no' } } },
    });
    const config = transcodeConfig.parse({ upstream: 'shop', proto });
    const handler = await transcodeHandler({ callUpstream, config, template: '/*', strip: ['price'] });
    const { body } = await ask(handler, 'GET', '/v1/items/1');
    assert.deepEqual(JSON.parse(await text(body)), { title: 'a', shelf: 'no' });
  });

  it('who passes gRPC on as it came gets nothing of it', async (t) => {
    const { callUpstream } = await shop(t, methods, { response: { strip: ['shelf'] } });
    const call = callUpstream({
      upstream: 'shop',
      context: contextOn(systemClock),
      method: 'POST',
      path: '/shop.v1.Shop/Get',
      headers: HeaderFields.of({ 'content-type': 'application/grpc', te: 'trailers' }),
      body: new WholeBody(new Uint8Array(5)),
    });
    await assert.rejects(call, { code: 'upstream_invalid' });
  });
});

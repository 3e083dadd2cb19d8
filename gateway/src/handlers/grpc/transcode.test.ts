/** Transcoding of single messages by the mapping that google/api/http.proto describes, against a real gRPC server. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { collect } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { type Answer, ask, type Call, echo, jsonOf, refusal, seen, transcoder } from './transcode.fixture.ts';

describe('a request is a call', () => {
  it('by its path, decoded', async (t) => {
    const handler = await transcoder(t, { Get: echo });
    assert.deepEqual(await seen(handler, 'GET', '/v1/shelves/a%20b/items/7'), {
      name: 'shelves/a b/items/7',
    });
    assert.deepEqual(await seen(handler, 'GET', '/v1/items/x%2Fy'), { name: 'x/y' });
  });

  it('by its query: nested, repeated, by number, in either spelling', async (t) => {
    const list = (call: Call, answer: Answer): void =>
      answer(null, { items: [{ name: JSON.stringify(call.request) }] });
    const handler = await transcoder(t, { List: list });
    const query =
      'filter.above=9007199254740993&filter.tags=a&filter.tags=b%26c&filter.sold=true&kinds=BOOK&kinds=1&all=true&since=2026-01-01T00:00:00Z';
    const [item] = Object(await jsonOf(await ask(handler, 'GET', `/v1/items?${query}`)));
    assert.deepEqual(JSON.parse(item.name), {
      filter: { above: '9007199254740993', tags: ['a', 'b&c'], sold: { value: true } },
      kinds: ['BOOK', 'BOOK'],
      since: { seconds: '1767225600' },
      all: true,
    });
  });

  it('by its body: the whole message, or one field of it beside path and query', async (t) => {
    const handler = await transcoder(t, { Create: echo, Put: echo, Cancel: echo });
    const body = '{"price": 9007199254740993, "kind": "BOOK"}';
    assert.deepEqual(await seen(handler, 'POST', '/v1/shelves/s1/items', { body }), {
      shelf: 's1',
      price: '9007199254740993',
      kind: 'BOOK',
    });
    assert.deepEqual(await seen(handler, 'POST', '/v1/items/7:cancel', { body: '{}' }), { name: 'items/7' });
  });

  it('its reply is JSON: 64 bits as text, defaults only where asked for', async (t) => {
    const get = (_call: Call, answer: Answer): void => answer(null, { price: '9007199254740993' });
    const plain = await ask(await transcoder(t, { Get: get }), 'GET', '/v1/items/1');
    assert.equal(plain.headers.get('content-type'), 'application/json');
    assert.deepEqual(await jsonOf(plain), { price: '9007199254740993' });
    const full = await transcoder(t, { Get: get }, { emitDefaults: true });
    assert.deepEqual(await jsonOf(await ask(full, 'GET', '/v1/items/1')), {
      name: '',
      shelf: '',
      price: '9007199254740993',
      kind: 'KIND_UNSPECIFIED',
    });
  });

  it('its reply lacks what the route strips', async (t) => {
    const get = (_call: Call, answer: Answer): void => answer(null, { name: 'a', shelf: 'secret' });
    const handler = await transcoder(t, { Get: get }, {}, ['shelf']);
    assert.deepEqual(await jsonOf(await ask(handler, 'GET', '/v1/items/1')), { name: 'a' });
  });

  it('one field is the reply where response_body says so, empty or not', async (t) => {
    const handler = await transcoder(t, { List: (_call: Call, answer: Answer) => answer(null, {}) });
    assert.deepEqual(await jsonOf(await ask(handler, 'GET', '/v1/items')), []);
  });

  it('a google.api.HttpBody is the body itself', async (t) => {
    const picture = (_call: Call, answer: Answer): void =>
      answer(null, { contentType: 'image/png', data: Buffer.from('png') });
    const reply = await ask(await transcoder(t, { Picture: picture }), 'GET', '/v1/pictures/1');
    assert.equal(reply.headers.get('content-type'), 'image/png');
    assert.equal(Buffer.from(await collect(reply.body, 100, () => new Error())).toString(), 'png');
  });

  it('named fields of the client are metadata, and named metadata are fields for it', async (t) => {
    const get = (call: Call, answer: Answer): void => {
      const head = new Metadata();
      head.set('x-head', 'h');
      call.sendMetadata(head);
      const trailer = new Metadata();
      trailer.set(
        'x-end',
        String(call.metadata.get('accept-language')[0]) + call.metadata.get('x-secret').length,
      );
      answer(null, {}, trailer);
    };
    const handler = await transcoder(t, { Get: get }, { metadata: { response: ['x-head', 'x-end'] } });
    const { headers } = await ask(handler, 'GET', '/v1/items/1', {
      headers: { 'accept-language': 'de', 'x-secret': '1' },
    });
    assert.deepEqual([headers.get('x-head'), headers.get('x-end')], ['h', 'de0']);
  });

  it('the deadline goes along', async (t) => {
    let deadline: unknown;
    const get = (call: Call & { getDeadline(): unknown }, answer: Answer): void => {
      deadline = call.getDeadline();
      answer(null, {});
    };
    const handler = await transcoder(t, { Get: get });
    const exchange = exchangeOn(systemClock, { path: '/v1/items/1' });
    exchange.deadline.within(5000);
    await handler(exchange);
    exchange.deadline.end();
    assert.ok(Number(deadline) - Date.now() <= 5000);
  });
});

describe('what is refused', () => {
  it('a path that nothing is bound to, and a method that none is for', async (t) => {
    const handler = await transcoder(t, {});
    assert.equal((await refusal(handler, 'GET', '/v1/nothing')).code, 'not_found');
    const wrong = await refusal(handler, 'DELETE', '/v1/items/1');
    assert.equal(wrong.code, 'method_not_allowed');
    assert.deepEqual(wrong.headers, [['allow', 'GET, PUT']]);
    assert.equal((await refusal(handler, 'GET', '/v1/items/%E0%A4')).code, 'bad_request');
  });

  for (const [title, method, target, body, path, reason] of [
    [
      'a parameter that is none',
      'GET',
      '/v1/items?nobody=1',
      undefined,
      'nobody',
      'is no parameter of this request',
    ],
    [
      'a parameter that is a message',
      'GET',
      '/v1/items?filter=1',
      undefined,
      'filter',
      'is no parameter of this request',
    ],
    ['a parameter twice', 'GET', '/v1/items?all=true&all=true', undefined, 'all', 'is given twice'],
    ['a parameter of the wrong kind', 'GET', '/v1/items?all=1', undefined, 'all', 'expected true or false'],
    [
      'a number out of range',
      'GET',
      '/v1/items?filter.above=1e30',
      undefined,
      'filter.above',
      'expected a number from -9223372036854775808 to 9223372036854775807',
    ],
    ['a parameter that the path says', 'GET', '/v1/items/1?name=2', undefined, 'name', 'is said by the path'],
    [
      'a parameter beside a whole body',
      'POST',
      '/v1/shelves/1/items?price=1',
      '{}',
      'price',
      'is no parameter of this request',
    ],
    [
      'a parameter of the body’s field',
      'PUT',
      '/v1/items/1?item.price=1',
      '{}',
      'item.price',
      'is no parameter of this request',
    ],
    [
      'a member that is unknown',
      'POST',
      '/v1/shelves/1/items',
      '{"nobody":1}',
      'nobody',
      'is not a member of this message',
    ],
    [
      'a body that contradicts the path',
      'POST',
      '/v1/shelves/1/items',
      '{"shelf":"2"}',
      'shelf',
      'contradicts the path',
    ],
    ['a body that is no JSON', 'POST', '/v1/shelves/1/items', '{', '', 'is no JSON'],
    ['a body that is no object', 'POST', '/v1/shelves/1/items', '[]', '', 'expected an object'],
  ] as const) {
    it(title, async (t) => {
      const handler = await transcoder(t, {});
      const error = await refusal(handler, method, target, body === undefined ? {} : { body });
      assert.deepEqual([error.code, error.members], ['bad_request', { path, reason }]);
    });
  }

  it('a body where there is none, and one that is not said to be JSON', async (t) => {
    const handler = await transcoder(t, {});
    assert.equal((await refusal(handler, 'GET', '/v1/items', { body: '{}' })).code, 'bad_request');
    const text = { body: '{}', headers: { 'content-type': 'text/plain' } };
    assert.equal(
      (await refusal(handler, 'POST', '/v1/shelves/1/items', text)).code,
      'unsupported_media_type',
    );
  });

  it('a message past the limit, either way', async (t) => {
    const long = (_call: Call, answer: Answer): void => answer(null, { name: 'x'.repeat(2000) });
    const handler = await transcoder(t, { Get: long }, { maxMessage: '1KiB' });
    assert.equal((await refusal(handler, 'GET', '/v1/items/1')).code, 'upstream_too_large');
    const body = JSON.stringify({ name: 'x'.repeat(2000) });
    assert.equal((await refusal(handler, 'POST', '/v1/shelves/1/items', { body })).code, 'payload_too_large');
  });
});

describe('a schema that does not fit', () => {
  it('is refused at the start', async (t) => {
    await assert.rejects(
      transcoder(t, {}, { services: ['shop.v1.Nobody'] }),
      /no service is called shop\.v1\.Nobody; there are shop\.v1\.Shop/,
    );
    await assert.rejects(transcoder(t, {}, { proto: '/nowhere.proto' }), /cannot be read/);
  });
});

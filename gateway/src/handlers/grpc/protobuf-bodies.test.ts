/** Routes whose bodies are protobuf on one side, through a whole gateway, against a backend that reads and writes it. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import protobuf from 'protobufjs';
import { schemaFolder } from '../../protobuf/testing/schemas.ts';
import { gateway, httpBackend } from '../../whole-gateway/proxied.fixture.ts';

const ORDERS = `syntax = "proto3";
package shop.v1;
message Line { string sku = 1; int64 cents = 2; }
message Order { string id = 1; repeated Line lines = 2; string note = 3; bool paid = 4; }
`;
const Order = protobuf.parse(ORDERS, { keepCase: true }).root.lookupType('shop.v1.Order');

const BYTES = Uint8Array.from(
  Order.encode({ id: 'o1', lines: [{ sku: 'a', cents: 950 }], note: 'ours' }).finish(),
);
const JSON_TEXT = '{"id":"o1","lines":[{"sku":"a","cents":"950"}],"note":"ours"}';

interface Seen {
  method: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
}

const MESSAGE: Answer = {
  headers: { 'content-type': 'application/x-protobuf', etag: '"v1"' },
  body: BYTES,
};

interface Stage {
  readonly seen: Seen[];
  ask(init?: RequestInit): Promise<Response>;
}

async function stage(
  t: TestContext,
  route: { request?: object; response?: object; bodies?: object },
  answer: Answer = MESSAGE,
): Promise<Stage> {
  const folder = await schemaFolder(t);
  const proto = join(folder, 'orders.proto');
  await writeFile(proto, ORDERS);
  const seen: Seen[] = [];
  const { url } = await httpBackend(t, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    seen.push({ method: request.method ?? '', headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
  const protobufs = { protobuf: { proto, message: 'shop.v1.Order', ...route.bodies } };
  const { host } = await gateway(t, {
    upstreams: { orders: { url, retry: { max: 0 } } },
    routes: [
      {
        match: { path: '/orders' },
        to: { upstream: 'orders' },
        request: { ...protobufs, ...route.request },
        response: { ...protobufs, ...route.response },
      },
    ],
  });
  return { seen, ask: (init) => fetch(`http://${host}/orders`, init) };
}

const post = (
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
  more: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type, ...more },
  body,
});
const accepting = (accept: string): RequestInit => ({ headers: { accept } });
const decoded = (bytes: Uint8Array): object => Order.toObject(Order.decode(bytes), { longs: String });
const bytesOf = async (reply: Response): Promise<Uint8Array> => new Uint8Array(await reply.arrayBuffer());

describe('a backend that speaks protobuf', () => {
  test('gets the message of a JSON body, and its own becomes JSON', async (t) => {
    const { seen, ask } = await stage(t, {});
    const reply = await ask(
      post('application/json', '{"id":"o2","lines":[{"sku":"b","cents":9007199254740993}]}'),
    );
    assert.equal(await reply.text(), JSON_TEXT);
    assert.equal(reply.headers.get('content-type'), 'application/json');
    assert.equal(reply.headers.get('content-length'), String(JSON_TEXT.length));
    assert.equal(reply.headers.get('etag'), 'W/"v1"');
    assert.match(reply.headers.get('vary') ?? '', /accept/i);
    const [got] = seen;
    assert.ok(got);
    assert.equal(got.headers['content-type'], 'application/x-protobuf');
    assert.equal(got.headers['content-length'], String(got.body.length));
    assert.match(got.headers.accept ?? '', /^application\/x-protobuf, /);
    assert.equal(got.headers['accept-encoding'], undefined);
    assert.deepEqual(decoded(got.body), { id: 'o2', lines: [{ sku: 'b', cents: '9007199254740993' }] });
  });

  test('hears a client that speaks protobuf too as it is, byte for byte', async (t) => {
    const { seen, ask } = await stage(t, {});
    const odd = Buffer.concat([BYTES, Buffer.from([0xf8, 0x3f, 1])]);
    const reply = await ask(post('application/protobuf', odd));
    assert.equal(reply.headers.get('content-type'), 'application/x-protobuf');
    assert.equal(reply.headers.get('etag'), '"v1"');
    assert.deepEqual(await bytesOf(reply), new Uint8Array(BYTES));
    assert.deepEqual(seen[0]?.body, odd);
    assert.equal(seen[0]?.headers['content-type'], 'application/protobuf');
  });

  test('is translated by what the client accepts', async (t) => {
    const { ask } = await stage(t, {});
    for (const [accept, type] of [
      ['*/*', 'application/json'],
      ['application/*', 'application/json'],
      ['application/protobuf', 'application/x-protobuf'],
      ['application/x-protobuf, application/json;q=0.5', 'application/x-protobuf'],
      ['application/json, application/x-protobuf;q=0.5', 'application/json'],
    ] as const) {
      const reply = await ask(accepting(accept));
      assert.equal(reply.headers.get('content-type'), type, accept);
      await reply.arrayBuffer();
    }
    const none = await ask(accepting('text/html'));
    assert.equal(none.status, 406);
    assert.match(none.headers.get('vary') ?? '', /accept/i);
    assert.match(await none.text(), /application\/x-protobuf/);
  });

  test('a client hears which member is wrong; the backend never does', async (t) => {
    const { seen, ask } = await stage(t, {});
    for (const [body, path, reason] of [
      ['{"lines":[{},{"cents":"x"}]}', 'lines[1].cents', /expected/],
      ['{"lines":[{"price":1}]}', 'lines[0].price', /not a member/],
      ['{', '', /no JSON/],
      ['', '', /no JSON/],
    ] as const) {
      const reply = await ask(post('application/json', body));
      assert.equal(reply.status, 400, body);
      const problem = Object(await reply.json());
      assert.equal(problem.path, path);
      assert.match(problem.reason, reason);
    }
    const latin = await ask(post('application/json', Buffer.from('{"id":"\xe9"}', 'latin1')));
    assert.equal(latin.status, 400);
    assert.equal((await ask(post('text/plain', '{}'))).status, 415);
    assert.equal((await ask(post('application/json', '{}', { 'content-encoding': 'gzip' }))).status, 415);
    const large = await stage(t, { request: { maxBody: '1KiB' } });
    assert.equal((await large.ask(post('application/json', `{"id":"${'x'.repeat(2_000)}"}`))).status, 413);
    assert.equal(seen.length + large.seen.length, 0);
  });

  test('a reply that is no such message, too large, or encoded is the backend’s fault', async (t) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    for (const [answer, response] of [
      [{ headers, body: Buffer.from([0x0a, 0xff]) }, {}],
      [{ headers: { ...headers, 'content-encoding': 'gzip' }, body: BYTES }, {}],
      [{ headers, body: Order.encode({ id: 'x'.repeat(2_000) }).finish() }, { maxSize: '1KiB' }],
    ] as const) {
      const { ask } = await stage(t, { response }, answer);
      const reply = await ask();
      assert.equal(reply.status, 502);
      await reply.text();
    }
  });

  test('a message with nothing set has no bytes, and is {}', async (t) => {
    const { seen, ask } = await stage(
      t,
      {},
      { headers: { 'content-type': 'application/x-protobuf' }, body: '' },
    );
    assert.equal(await (await ask(post('application/json', '{}'))).text(), '{}');
    assert.equal(seen[0]?.headers['content-type'], 'application/x-protobuf');
    assert.equal(seen[0]?.body.length, 0);
    const full = await stage(t, { bodies: { emitDefaults: true } }, { ...MESSAGE, body: '' });
    assert.equal(await (await full.ask()).text(), '{"id":"","lines":[],"note":"","paid":false}');
  });

  test('other statuses, other types, HEAD, 204 and 304 keep what they have', async (t) => {
    const failing = await stage(t, {}, { ...MESSAGE, status: 404 });
    const lost = await failing.ask();
    assert.equal(lost.headers.get('content-type'), 'application/x-protobuf');
    assert.deepEqual(await bytesOf(lost), new Uint8Array(BYTES));
    const meant = await stage(t, { response: { statuses: ['2xx', 404] } }, { ...MESSAGE, status: 404 });
    assert.equal(await (await meant.ask()).text(), JSON_TEXT);
    const text = await stage(t, {}, { headers: { 'content-type': 'text/plain' }, body: 'hi' });
    assert.equal(await (await text.ask()).text(), 'hi');
    const head = await (await stage(t, {})).ask({ method: 'HEAD' });
    assert.deepEqual(
      [head.headers.get('content-type'), head.headers.get('etag')],
      ['application/json', 'W/"v1"'],
    );
    const empty = await (await stage(t, {}, { status: 204 })).ask({ method: 'DELETE' });
    assert.equal(empty.status, 204);
    const same = await stage(t, {}, { status: 304, headers: { etag: '"v1"' } });
    const unchanged = await same.ask({ headers: { 'if-none-match': 'W/"v1"' } });
    assert.deepEqual([unchanged.status, unchanged.headers.get('etag')], [304, 'W/"v1"']);
    assert.equal(same.seen[0]?.headers['if-none-match'], 'W/"v1"');
  });
});

describe('rules see JSON, whoever speaks what', () => {
  test('of a client’s protobuf', async (t) => {
    const { seen, ask } = await stage(t, { request: { json: { deny: ['note'], constant: { paid: true } } } });
    await (await ask(post('application/protobuf', BYTES))).arrayBuffer();
    assert.deepEqual(decoded(seen[0]?.body ?? new Uint8Array()), {
      id: 'o1',
      lines: [{ sku: 'a', cents: '950' }],
      paid: true,
    });
    const toJson = await ask(post('application/json', '{"id":"o3","note":"x"}'));
    assert.equal(toJson.status, 200);
    assert.deepEqual(decoded(seen[1]?.body ?? new Uint8Array()), { id: 'o3', paid: true });
  });

  test('of a backend’s, for clients of either', async (t) => {
    const { ask } = await stage(t, { response: { json: { deny: ['lines'] }, strip: ['note'] } });
    assert.equal(await (await ask()).text(), '{"id":"o1"}');
    const message = await ask(accepting('application/protobuf'));
    assert.equal(message.headers.get('content-type'), 'application/x-protobuf');
    assert.deepEqual(decoded(await bytesOf(message)), { id: 'o1' });
  });

  test('what must be stripped and cannot be read is refused, whatever its status', async (t) => {
    const { ask } = await stage(t, { response: { strip: ['note'] } }, { ...MESSAGE, status: 404 });
    const reply = await ask(accepting('application/protobuf'));
    assert.equal(reply.status, 502);
    assert.doesNotMatch(await reply.text(), /ours/);
  });

  test('fields that the client asks for, and XML beside the two', async (t) => {
    const { ask } = await stage(t, {
      response: { fields: {}, produces: ['application/json', 'application/xml'] },
    });
    assert.match(await (await ask(accepting('application/xml'))).text(), /<id>o1<\/id>/);
    assert.equal(
      (await ask(accepting('application/protobuf'))).headers.get('content-type'),
      'application/x-protobuf',
    );
    assert.equal(await (await ask(accepting('application/json'))).text(), JSON_TEXT);
  });
});

describe('a backend that speaks JSON', () => {
  const bodies = { backend: 'json' };
  const answer: Answer = { headers: { 'content-type': 'application/json', etag: '"v1"' }, body: JSON_TEXT };

  test('gets the JSON of a message, and its own becomes one for those who want it', async (t) => {
    const { seen, ask } = await stage(t, { bodies }, answer);
    const reply = await ask(post('application/x-protobuf', BYTES));
    assert.equal(reply.headers.get('content-type'), 'application/x-protobuf');
    assert.equal(reply.headers.get('etag'), 'W/"v1"');
    assert.deepEqual(decoded(await bytesOf(reply)), decoded(BYTES));
    assert.equal(seen[0]?.body.toString(), JSON_TEXT);
    assert.deepEqual(
      [seen[0]?.headers['content-type'], seen[0]?.headers.accept],
      ['application/json', 'application/json'],
    );
    const json = await ask(post('application/json', '{"any": "thing"}'));
    assert.equal(json.headers.get('etag'), '"v1"');
    assert.equal(await json.text(), JSON_TEXT);
    assert.equal(seen[1]?.body.toString(), '{"any": "thing"}');
  });

  test('whose reply does not fit the message', async (t) => {
    const { ask } = await stage(t, { bodies }, { ...answer, body: '{"ident":1}' });
    assert.equal((await ask(accepting('application/protobuf'))).status, 502);
    assert.equal(await (await ask()).text(), '{"ident":1}');
  });

  test('a message that is none', async (t) => {
    const { ask } = await stage(t, { bodies }, answer);
    const reply = await ask(post('application/x-protobuf', Buffer.from([0x0a, 0xff])));
    assert.equal(reply.status, 400);
    assert.match(await reply.text(), /is no such message/);
  });
});

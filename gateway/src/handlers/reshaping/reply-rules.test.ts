import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type Body, collect, WholeBody } from '../../core/body.ts';
import { type Exchange, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { compileReplyRules, replyRulesShape } from './reply-rules.ts';
import { shaped } from './shaping.ts';

const clock = new ManualClock();
const config = z.strictObject(replyRulesShape);
const JSON_TYPE = ['content-type', 'application/json'];
const ORDER = '{"id":12345678901234567890,"user":{"name":"A","mail":"m"},"items":[{"sku":"a","cost":1}]}';

interface Given {
  readonly method?: string;
  readonly query?: string;
  readonly accept?: string;
  readonly asked?: string[];
  readonly status?: number;
  readonly headers?: string[];
  readonly body?: Body | string;
}

async function answered(rules: unknown, given: Given = {}) {
  const {
    method = 'GET',
    query = '',
    accept,
    asked: more = [],
    status = 200,
    headers = JSON_TYPE,
    body = ORDER,
  } = given;
  const reply = compileReplyRules(config.parse(rules), clock);
  let seen: Exchange | undefined;
  const handler = shaped(
    async (exchange) => {
      seen = exchange;
      return makeReply(
        status,
        new HeaderFields(headers.slice()),
        typeof body === 'string' ? new WholeBody(body) : body,
      );
    },
    undefined,
    reply,
  );
  const asked = new HeaderFields([
    'accept-encoding',
    'gzip',
    ...more,
    ...(accept === undefined ? [] : ['accept', accept]),
  ]);
  const answer = await handler(exchangeOn(clock, { method, query, headers: asked }));
  return { answer, seen, text: await text(answer), headers: answer.headers };
}

async function text(reply: Reply): Promise<string> {
  return Buffer.from(await collect(reply.body, 1e6, () => new Error('too large'))).toString();
}

describe('JSON rules', () => {
  test('shape the body, exactly; length and validator follow', async () => {
    const headers = [...JSON_TYPE, 'content-length', '91', 'etag', '"v1"', 'accept-ranges', 'bytes'];
    const {
      text,
      headers: sent,
      seen,
    } = await answered({ json: { allow: ['id', 'items.sku'], wrap: 'data' } }, { headers });
    assert.equal(text, '{"data":{"id":12345678901234567890,"items":[{"sku":"a"}]}}');
    assert.deepEqual(sent.flat, [...JSON_TYPE, 'etag', 'W/"v1"', 'content-length', String(text.length)]);
    assert.equal(seen?.headers.has('accept-encoding'), false);
  });

  test('leave other statuses, other types and empty bodies alone', async () => {
    const rules = { json: { wrap: 'data' } };
    assert.equal((await answered(rules, { status: 404 })).text, ORDER);
    assert.equal(
      (await answered({ ...rules, statuses: ['2xx', 404] }, { status: 404, body: '1' })).text,
      '{"data":1}',
    );
    const html = new WholeBody('<p>');
    const { answer } = await answered(rules, { headers: ['content-type', 'text/html'], body: html });
    assert.equal(answer.body, html);
    assert.equal((await answered(rules, { body: '' })).text, '');
  });

  test('a HEAD tells no length of other bytes', async () => {
    const { headers } = await answered(
      { json: { wrap: 'd' } },
      { method: 'HEAD', headers: [...JSON_TYPE, 'content-length', '9'], body: '' },
    );
    assert.deepEqual(headers.flat, JSON_TYPE);
  });

  test('what cannot be read is refused', async () => {
    const rules = { json: { wrap: 'd' }, maxSize: '100B' };
    await assert.rejects(answered(rules, { body: '{' }), coded('upstream_invalid'));
    await assert.rejects(
      answered(rules, { headers: [...JSON_TYPE, 'content-encoding', 'br'] }),
      coded('upstream_invalid'),
    );
    await assert.rejects(answered(rules, { body: `"${'x'.repeat(100)}"` }), coded('upstream_too_large'));
  });
});

describe('fields', () => {
  test('that were asked for alone; the backend is asked for all', async () => {
    const { text, seen } = await answered({ fields: true }, { query: 'a=1&fields=id,items(sku),nope' });
    assert.equal(text, '{"id":12345678901234567890,"items":[{"sku":"a"}]}');
    assert.equal(seen?.query, 'a=1');
    const forwarded = await answered({ fields: { param: 'f', forward: true } }, { query: 'f=user.name' });
    assert.equal(forwarded.text, '{"user":{"name":"A"}}');
    assert.equal(forwarded.seen?.query, 'f=user.name');
  });

  test('a reply of which none were asked is streamed as it came', async () => {
    const body = new WholeBody(ORDER);
    const { answer, seen } = await answered({ fields: true }, { query: 'a=1', body });
    assert.equal(answer.body, body);
    assert.equal(seen?.headers.has('accept-encoding'), true);
  });

  test('what is no selection is refused before anything is asked', async () => {
    await assert.rejects(answered({ fields: true }, { query: 'fields=a(' }), coded('bad_request'));
  });
});

describe('media types', () => {
  const XML = {
    headers: ['content-type', 'text/xml'],
    body: '<invoice id="7"><total>1.10</total></invoice>',
  };

  test('XML becomes JSON, and the rules hold for it', async () => {
    const rules = { fromXml: { numbers: true }, json: { target: 'invoice', mapping: { '@id': 'id' } } };
    const { text, headers, seen } = await answered(rules, XML);
    assert.equal(text, '{"id":7,"total":1.10}');
    assert.equal(headers.get('content-type'), 'application/json');
    assert.match(seen?.headers.get('accept') ?? '', /^application\/xml/);
    const laughs = { ...XML, body: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' };
    await assert.rejects(answered(rules, laughs), coded('upstream_invalid'));
  });

  test('by Accept, with Vary; 406 where there is none', async () => {
    const rules = { produces: ['application/json', 'application/xml'], toXml: { declaration: false } };
    const json = await answered(rules, { body: '{"a":1}', headers: [...JSON_TYPE, 'vary', 'Origin'] });
    assert.equal(json.text, '{"a":1}');
    assert.equal(json.headers.get('vary'), 'Origin, Accept');
    const xml = await answered(rules, { body: '{"a":1}', accept: 'application/xml, application/json;q=0.5' });
    assert.equal(xml.text, '<a>1</a>');
    assert.equal(xml.headers.get('content-type'), 'application/xml; charset=utf-8');
    assert.equal(xml.headers.get('vary'), 'Accept');
    assert.equal(xml.seen?.headers.get('accept'), 'application/json');
    assert.equal((await answered(rules, { body: '{"a":1}', accept: 'text/xml' })).text, '<a>1</a>');
    await assert.rejects(answered(rules, { accept: 'text/html' }), coded('not_acceptable'));
  });

  test('a backend that speaks XML is passed on to who wants it', async () => {
    const body = new WholeBody(XML.body);
    const rules = { fromXml: true, produces: ['application/json', 'application/xml'] };
    const { answer } = await answered(rules, { ...XML, body, accept: 'application/xml' });
    assert.equal(answer.body, body);
    assert.equal((await answered(rules, XML)).text, '{"invoice":{"@id":"7","total":"1.10"}}');
  });
});

test('a validator speaks of one form alone', async () => {
  const rules = { produces: ['application/json', 'application/xml'] };
  const headers = [...JSON_TYPE, 'etag', '"v"'];
  const asked = ['if-none-match', 'W/"v"'];
  assert.equal((await answered(rules, { headers })).headers.get('etag'), '"v"');
  const xml = await answered(rules, { headers, accept: 'application/xml', asked });
  assert.equal(xml.headers.has('etag'), false);
  assert.equal(xml.seen?.headers.has('if-none-match'), false);
  const unchanged = { status: 304, headers: ['etag', '"v"'], body: '', asked };
  const shaped = await answered({ json: { wrap: 'd' } }, unchanged);
  assert.equal(shaped.headers.get('etag'), 'W/"v"');
  assert.equal(shaped.seen?.headers.get('if-none-match'), 'W/"v"');
});

test('header rules hold for every reply of the backend', async () => {
  const rules = {
    headers: { remove: ['x-gone'], set: { 'x-id': '{request.id}', 'cache-control': 'no-store' } },
  };
  const { headers } = await answered(rules, {
    status: 404,
    headers: ['x-gone', '1', 'cache-control', 'public'],
  });
  assert.deepEqual(headers.flat, ['x-id', 'r1', 'cache-control', 'no-store']);
});

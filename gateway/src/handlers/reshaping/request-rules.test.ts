import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type Body, collect, emptyBody, WholeBody } from '../../core/body.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { exchangeOn, makeIdentity } from '../../core/testing/exchange.ts';
import { compileRequestRules, requestRulesShape } from './request-rules.ts';

const clock = new ManualClock();
const config = z.strictObject(requestRulesShape);
const JSON_TYPE = ['content-type', 'application/json'];

interface Given {
  readonly method?: string;
  readonly headers?: string[];
  readonly body?: Body | string;
}

function asked({ method = 'POST', headers = JSON_TYPE, body = '{}' }: Given): Exchange {
  return exchangeOn(clock, {
    method,
    headers: new HeaderFields(headers.slice()),
    body: typeof body === 'string' ? new WholeBody(body) : body,
    identity: makeIdentity({ subject: 'ada', claims: { level: 3 } }),
  });
}

async function sent(rules: unknown, given: Given = {}, maxBytes = 1000) {
  const exchange = asked(given);
  await compileRequestRules(config.parse(rules), maxBytes, clock)?.(exchange);
  const bytes = await collect(exchange.body, 10_000, () => new Error('too large'));
  return { body: Buffer.from(bytes).toString(), headers: exchange.headers.flat };
}

describe('values in JSON bodies', () => {
  const rules = { json: { set: { user_id: '{identity.subject}', 'meta.level': '{identity.claims.level}' } } };

  test('are ours, whatever the client sent, in whatever spelling', async () => {
    const body = '{"a":1,"user_id":"eve","USER_ID":"eve","Meta":{"Level":9},"meta":{"level":9,"b":2}}';
    assert.equal(
      (await sent(rules, { body })).body,
      '{"a":1,"Meta":{},"meta":{"b":2,"level":3},"user_id":"ada"}',
    );
  });

  test("a value that is missing leaves nothing of the client's", async () => {
    const { body } = await sent(
      { json: { set: { t: '{identity.tenant}' } } },
      { body: '{"t":"theirs","T":1}' },
    );
    assert.equal(body, '{}');
  });

  test('stand in a body that the client left empty', async () => {
    const { body, headers } = await sent(rules, { body: emptyBody, headers: [] });
    assert.equal(body, '{"user_id":"ada","meta":{"level":3}}');
    assert.deepEqual(headers, ['content-type', 'application/json']);
  });

  test('nobody gets past them by another type, coding or shape', async () => {
    const cases: readonly (readonly [Given, ErrorCode])[] = [
      [{ headers: ['content-type', 'text/plain'] }, 'unsupported_media_type'],
      [{ headers: [] }, 'unsupported_media_type'],
      [{ headers: [...JSON_TYPE, 'content-encoding', 'gzip'] }, 'unsupported_media_type'],
      [{ headers: ['content-type', 'application/xml'], body: '<a/>' }, 'unsupported_media_type'],
      [{ headers: ['content-type', 'application/json; charset=utf-7'] }, 'unsupported_media_type'],
      [{ body: '[]' }, 'bad_request'],
      [{ body: '{' }, 'bad_request'],
      [{ body: '['.repeat(100) }, 'bad_request'],
      [{ body: `{"a":"${'x'.repeat(1000)}"}` }, 'payload_too_large'],
    ];
    for (const [given, code] of cases) {
      await assert.rejects(sent(rules, given), coded(code));
    }
  });
});

test('rules, then values; digests and lengths of the old bytes go', async () => {
  const { body, headers } = await sent(
    { json: { deny: ['x'], mapping: { a: 'b' }, set: { at: '{time.epoch}' }, wrap: 'data' } },
    { body: '{"a":1,"x":2}', headers: [...JSON_TYPE, 'content-length', '13', 'content-digest', 'd'] },
  );
  assert.equal(body, `{"data":{"b":1},"at":${Math.floor(clock.wall() / 1000)}}`);
  assert.deepEqual(headers, JSON_TYPE);
});

test('UTF-8 may say its name; a coding of nothing is not the coding of what we write', async () => {
  const set = { json: { set: { a: '{identity.subject}' } } };
  const named = ['content-type', 'application/json; charset="UTF-8"'];
  assert.equal((await sent(set, { headers: named })).body, '{"a":"ada"}');
  const empty = { headers: [...JSON_TYPE, 'content-encoding', 'gzip'], body: emptyBody };
  assert.deepEqual(await sent(set, empty), { body: '{"a":"ada"}', headers: JSON_TYPE });
});

test('little that would become very much is refused', async () => {
  const body = JSON.stringify({ tag: 'x'.repeat(50_000), items: new Array(1_000).fill({}) });
  for (const move of [
    { json: { move: { tag: 'items.tag' } } },
    { json: { flatmap: [{ type: 'append', args: ['tag', 'items.tags'] }] } },
  ])
    await assert.rejects(sent(move, { body }, 100_000), coded('payload_too_large'));
});

test('XML becomes JSON, and JSON becomes XML', async () => {
  const xml = { headers: ['content-type', 'text/xml'], body: '<a><b>1</b></a>' };
  assert.equal((await sent({ fromXml: { numbers: true } }, xml)).body, '{"a":{"b":1}}');
  const out = await sent({ toXml: { declaration: false, root: 'r' } }, { body: '{"a":1}' });
  assert.equal(out.body, '<r><a>1</a></r>');
  assert.deepEqual(out.headers, ['content-type', 'application/xml; charset=utf-8']);
  const laughs = { ...xml, body: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' };
  await assert.rejects(sent({ fromXml: true }, laughs), coded('bad_request'));
});

test('a GET without a body passes, and a body without rules is not touched', () => {
  const rules = compileRequestRules(config.parse({ json: { set: { a: 'b' } } }), 10, clock);
  assert.equal(rules?.(asked({ method: 'GET', body: emptyBody })), undefined);
  const headersAlone = compileRequestRules(
    config.parse({ headers: { set: { 'x-a': '{request.id}' } } }),
    10,
    clock,
  );
  const exchange = asked({});
  const { body } = exchange;
  assert.equal(headersAlone?.(exchange), undefined);
  assert.equal(exchange.body, body);
  assert.equal(exchange.headers.get('x-a'), exchange.id);
  assert.equal(compileRequestRules(config.parse({}), 10, clock), undefined);
});

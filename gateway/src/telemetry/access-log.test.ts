import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { AccessRecord } from './access-log.ts';
import { urlRedactor } from './redaction.ts';

const WALL = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

function lineOf(exchange: Exchange, status = 200, error?: Error): Record<string, unknown> {
  const outcome = { kind: 'complete' as const, bytes: 12, ...(error ? { error } : {}) };
  const line = new AccessRecord(exchange, status, outcome, 12.3456, WALL, urlRedactor()).line();
  assert.equal(line.indexOf('\n'), line.length - 1);
  const parsed: unknown = JSON.parse(line);
  assert.ok(typeof parsed === 'object' && parsed !== null);
  return { ...parsed };
}

test('a line says who asked what, what came of it, and what every backend did', () => {
  const { exchange, clock } = makeExchange({ target: '/api/users/7?token=CANARY', method: 'GET' });
  exchange.identity = makeIdentity({ consumer: 'acme', plan: 'free' });
  exchange.route = {
    template: '/api/users/*',
    kind: 'proxy',
    params: {},
    chain: () => Promise.reject(new Error('not called')),
  };
  exchange.requestBytes = 3;
  clock.advance(1.5);
  const span = exchange.timeline.begin('users', 'route', 1);
  span.endpoint = '127.0.0.1:4101';
  clock.advance(2);
  span.headMs = 3.5;
  span.status = 200;
  span.bytes = 99;
  exchange.timeline.end(span, 'ok');
  exchange.timeline.begin('orders', undefined, 2);
  assert.deepEqual(lineOf(exchange), {
    time: '2026-01-02T03:04:05.006Z',
    id: 'r-1',
    trace: '0af7651916cd43dd8448eb211c80319c',
    method: 'GET',
    url: '/api/users/7?token=[redacted]',
    host: 'api.example',
    client: '192.0.2.7',
    user: 'u1',
    consumer: 'acme',
    plan: 'free',
    route: '/api/users/*',
    kind: 'proxy',
    status: 200,
    ms: 12.346,
    requestBytes: 3,
    responseBytes: 12,
    outcome: 'complete',
    upstream: [
      {
        name: 'users',
        endpoint: '127.0.0.1:4101',
        label: 'route',
        attempt: 1,
        start: 1.5,
        head: 3.5,
        end: 3.5,
        status: 200,
        outcome: 'ok',
        bytes: 99,
      },
      {
        name: 'orders',
        endpoint: null,
        attempt: 2,
        start: 3.5,
        head: null,
        end: null,
        status: null,
        outcome: null,
        bytes: 0,
      },
    ],
  });
});

test('L158: an anonymous, unmatched request and a hostile target make one valid line', () => {
  const { exchange } = makeExchange({ target: '/\r\n{"id":"forged"}\u001b[2J"\\', method: 'G"T' });
  const line = lineOf(exchange, 404);
  assert.equal(line.user, null);
  assert.equal(line.route, null);
  assert.equal(line.url, '/\r\n{"id":"forged"}\u001b[2J"\\');
});

test("errors show their code and the operators' detail", () => {
  const { exchange } = makeExchange({});
  exchange.error = new FrontdeskError('circuit_open', { detail: 'users 127.0.0.1:4101' });
  const ours = lineOf(exchange, 503);
  assert.deepEqual([ours.error, ours.detail], ['circuit_open', 'users 127.0.0.1:4101']);
  const theirs = lineOf(makeExchange({}).exchange, 200, new Error('socket hang up'));
  assert.deepEqual([theirs.error, theirs.detail], ['internal', 'socket hang up']);
});

test('a fan-out past a hundred calls is counted, not listed', () => {
  const { exchange } = makeExchange({});
  for (let i = 0; i < 130; i += 1) exchange.timeline.begin('u', undefined, 1);
  const line = lineOf(exchange);
  assert.equal(Array.isArray(line.upstream) && line.upstream.length, 100);
  assert.equal(line.upstreamOmitted, 30);
});

test('fields and claims that are asked for are told, without what is secret or no plain value', () => {
  const { exchange } = makeExchange({
    headers: {
      'user-agent': 'a\r\n\u001b[31m"',
      referer: 'https://u:CANARY@h/p?x=1&token=CANARY',
      authorization: 'CANARY',
    },
  });
  const claims = { azp: 'app', level: 2, admin: false, nested: { token: 'CANARY' }, list: ['CANARY'] };
  exchange.identity = { ...makeIdentity({}), claims };
  const fields = {
    request: ['user-agent', 'referer', 'x-none'],
    reply: ['content-type'],
    claims: ['azp', 'level', 'admin', 'nested', 'list', 'toString'],
  };
  const replyHeaders = HeaderFields.of({ 'content-type': 'text/html', 'set-cookie': 'CANARY' });
  const outcome = { kind: 'complete' as const, bytes: 12 };
  const extras = { share: 0.1, fields, replyHeaders };
  const text = new AccessRecord(exchange, 200, outcome, 1, WALL, urlRedactor(), extras).line();
  assert.ok(!text.includes('CANARY'), text);
  assert.ok(!text.includes('\r') && !text.includes('\u001b'));
  const line: unknown = JSON.parse(text);
  assert.ok(typeof line === 'object' && line !== null);
  assert.deepEqual(
    Object.fromEntries(Object.entries(line).filter(([name]) => /sample|Headers|claims/.test(name))),
    {
      sample: 0.1,
      requestHeaders: {
        'user-agent': 'a\r\n\u001b[31m"',
        referer: 'https://[redacted]@h/p?x=1&token=[redacted]',
      },
      replyHeaders: { 'content-type': 'text/html' },
      claims: { azp: 'app', level: 2, admin: false },
    },
  );
});

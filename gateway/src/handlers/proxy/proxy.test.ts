import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Body, collect, emptyBody, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { Settlement } from '../../core/settlement.ts';
import { coded } from '../../core/testing/errors.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import type { UpstreamRequest } from '../../core/upstream-call.ts';
import { type ProxyOptions, proxyHandler } from './proxy.ts';

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly params?: Record<string, string>;
  readonly headers?: string[];
  readonly body?: Body;
}

function exchange({
  method = 'GET',
  path = '/api/users/42',
  query = '',
  params = {},
  headers = [],
  body,
}: Asked): Exchange {
  return exchangeOn(systemClock, {
    id: 'request-1',
    client: { address: '203.0.113.9', scheme: 'http' },
    host: 'api.example.com',
    method,
    target: path,
    path,
    query,
    headers: new HeaderFields(headers),
    body: body ?? emptyBody,
    route: {
      template: '/api/users/*',
      kind: 'proxy',
      params,
      chain: () => Promise.reject(new Error('unused')),
    },
  });
}

interface Answer {
  readonly status?: number;
  readonly headers?: string[];
  readonly body?: Body;
}

async function proxied(answer: Answer, asked: Asked = {}, more: Partial<ProxyOptions> = {}) {
  const sent: UpstreamRequest[] = [];
  const handler = proxyHandler({
    callUpstream: (request) => {
      sent.push(request);
      return Promise.resolve({
        status: answer.status ?? 200,
        headers: new HeaderFields(answer.headers ?? []),
        body: answer.body ?? emptyBody,
        settled: new Settlement().settled,
      });
    },
    upstream: 'users',
    template: '/api/users/*',
    rewrite: '/users/*',
    ...more,
  });
  const reply = await handler(exchange({ params: { '*': '42' }, ...asked }));
  return { reply, sent: sent[0] };
}

async function text(reply: Reply): Promise<string> {
  return Buffer.from(await collect(reply.body, 1e6, () => new Error('too large'))).toString();
}

describe('the request', () => {
  test('goes with its method, rewritten path, query, fields and body', async () => {
    const body = new WholeBody('{}');
    const { sent } = await proxied(
      {},
      { method: 'PUT', query: 'a=1&a=%20', headers: ['x-a', '1'], body, params: { '*': '4%202' } },
      { timeoutMs: 300 },
    );
    assert.equal(sent?.upstream, 'users');
    assert.equal(sent?.method, 'PUT');
    assert.equal(sent?.path, '/users/4%202?a=1&a=%20');
    assert.equal(sent?.headers.get('x-a'), '1');
    assert.equal(sent?.body, body);
    assert.equal(sent?.label, '/api/users/*');
    assert.equal(sent?.timeoutMs, 300);
  });

  test('a GET or HEAD with a body is refused', async () => {
    for (const method of ['GET', 'HEAD']) {
      await assert.rejects(proxied({}, { method, body: new WholeBody('x') }), coded('bad_request'));
    }
  });

  test('a rewrite that is no path is refused when the route is built', () => {
    const options = {
      callUpstream: () => Promise.reject(new Error('unused')),
      upstream: 'users',
      template: '/a',
    };
    assert.throws(() => proxyHandler({ ...options, rewrite: '//evil' }), RangeError);
  });
});

describe('the reply', () => {
  test('comes back as it is, but for what tells of the inside', async () => {
    const headers = [
      ...[
        'content-type',
        'text/plain',
        'server',
        'nginx',
        'x-powered-by',
        'PHP',
        'x-internal-node',
        '7',
        'etag',
        '"1"',
      ],
      ...[
        'alt-svc',
        'h3=":443"',
        'set-cookie',
        'a=1; Path=/',
        'set-cookie',
        'b=2; Domain=evil.example',
        'via',
        '1.1 inside',
      ],
      ...['set-cookie', 'c=3; domain=.Example.com'],
    ];
    const { reply } = await proxied({ status: 418, headers, body: new WholeBody('tea') });
    assert.equal(reply.status, 418);
    assert.deepEqual(reply.headers.flat, [
      ...[
        'content-type',
        'text/plain',
        'etag',
        '"1"',
        'set-cookie',
        'a=1; Path=/',
        'set-cookie',
        'c=3; domain=.Example.com',
      ],
    ]);
    assert.equal(await text(reply), 'tea');
  });

  const locations: readonly (readonly [string, string | undefined])[] = [
    ['/users/43?x=1#y', '/api/users/43?x=1#y'],
    ['/login', '/login'],
    ['43', '43'],
    ['https://api.example.com/elsewhere', 'https://api.example.com/elsewhere'],
    ['https://pay.example/3ds', 'https://pay.example/3ds'],
    ['https://evil.example/', undefined],
    ['//evil.example/', undefined],
    ['/\\evil.example/', undefined],
    ['\\\\evil.example/', undefined],
    ['javascript:alert(1)', undefined],
    ['http://127.0.0.1:9/secret', undefined],
  ];
  for (const [location, expected] of locations) {
    test(`Location ${location} → ${expected ?? 'removed'}`, async () => {
      const { reply } = await proxied(
        { status: 302, headers: ['location', location] },
        {},
        { redirectHosts: ['pay.example'] },
      );
      assert.equal(reply.status, 302);
      assert.equal(reply.headers.get('location'), expected);
    });
  }

  test('204 has no body', async () => {
    let discarded = false;
    const body: Body = {
      length: undefined,
      replayable: false,
      start: () => {
        throw new Error('started');
      },
      discard: () => {
        discarded = true;
      },
    };
    const { reply } = await proxied({ status: 204, body });
    assert.equal(reply.body.length, 0);
    assert.equal(discarded, true);
  });

  test('an error of the chain is thrown on', async () => {
    const handler = proxyHandler({
      callUpstream: () => Promise.reject(new FrontdeskError('circuit_open')),
      upstream: 'users',
      template: '/x',
    });
    await assert.rejects(handler(exchange({})), coded('circuit_open'));
  });
});

describe('members that this route strips', () => {
  test('are gone, and no coding was asked for', async () => {
    const { reply, sent } = await proxied(
      {
        headers: ['content-type', 'application/json', 'content-length', '27'],
        body: new WholeBody('{"id":1,"internal_score":9}'),
      },
      { headers: ['accept-encoding', 'br', 'range', 'bytes=0-1'] },
      { strip: ['internal_score'] },
    );
    assert.equal(sent?.headers.has('accept-encoding'), false);
    assert.equal(sent?.headers.has('range'), false);
    assert.equal(reply.headers.get('content-length'), '8');
    assert.equal(await text(reply), '{"id":1}');
  });

  test('cannot slip through a body that is no JSON', async () => {
    const body = new WholeBody('{"internal_score":9');
    await assert.rejects(proxied({ body }, {}, { strip: ['internal_score'] }), coded('upstream_invalid'));
  });
});

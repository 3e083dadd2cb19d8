import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { WholeBody } from '../../core/body.ts';
import type { Reply } from '../../core/exchange.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { filesPattern, graphiql } from './graphiql.ts';
import type { PageFiles } from './page-files.ts';

const TEXT = 'export {};';
const FILES: PageFiles = {
  version: 'v1',
  find: (name) =>
    name === 'page.js'
      ? { contentType: 'text/javascript', gzipped: gzipSync(TEXT), plain: async () => Buffer.from(TEXT) }
      : undefined,
};

function textOf({ body, headers }: Reply): string {
  assert.ok(body instanceof WholeBody);
  return (headers.has('content-encoding') ? gunzipSync(body.bytes) : Buffer.from(body.bytes)).toString();
}

async function fileOf(file: string, version: string, acceptEncoding?: string): Promise<Reply> {
  const headers: Record<string, string> =
    acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding };
  const { exchange } = makeExchange({ headers });
  const handler = graphiql('/graphql', async () => FILES).file;
  exchange.route = { template: '', kind: 'graphiql', params: { version, file }, chain: handler };
  return handler(exchange);
}

test('the page names its files relative to itself, with a nonce of its own each time', async () => {
  const { page } = graphiql('/api/graphql', async () => FILES);
  const [first, second] = [await page(makeExchange().exchange), await page(makeExchange().exchange)];
  assert.match(textOf(first), /src="graphql\/graphiql\/v1\/page\.js"/);
  const nonce = /nonce="([^"]+)"/.exec(textOf(first))?.[1] ?? '';
  assert.ok(first.headers.get('content-security-policy')?.includes(`'nonce-${nonce}'`));
  assert.ok(!second.headers.get('content-security-policy')?.includes(nonce));
  const atRoot = await graphiql('/', async () => FILES).page(makeExchange().exchange);
  assert.match(textOf(atRoot), /src="graphiql\/v1\/page\.js"/);
  assert.equal(filesPattern('/'), '/graphiql/:version/:file');
  assert.equal(filesPattern('/api/graphql'), '/api/graphql/graphiql/:version/:file');
});

test('a file may be kept for ever, compressed for whoever takes that by name', async () => {
  for (const [accepted, coding] of [
    ['gzip, deflate, br', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['gzip;q=0, br', undefined],
    [undefined, undefined],
  ] as const) {
    const reply = await fileOf('page.js', 'v1', accepted);
    assert.equal(reply.headers.get('content-encoding'), coding);
    assert.equal(reply.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(reply.headers.get('vary'), 'accept-encoding');
    assert.equal(reply.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(textOf(reply), TEXT);
  }
});

test('another name or another version is not found', async () => {
  await assert.rejects(fileOf('package.json', 'v1'), { code: 'not_found' });
  await assert.rejects(fileOf('page.js', 'v0'), { code: 'not_found' });
});

test('files are read when the first browser comes, once; a failure is tried again', async () => {
  let reads = 0;
  const { page } = graphiql('/graphql', async () => {
    reads += 1;
    if (reads === 1) throw new Error('no file');
    return FILES;
  });
  assert.equal(reads, 0);
  await assert.rejects(page(makeExchange().exchange), /no file/);
  await Promise.all([page(makeExchange().exchange), page(makeExchange().exchange)]);
  assert.equal(reads, 2);
});

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { openResidents } from '../residents/residents.ts';
import { FileSource } from '../supergraph/file-source.ts';
import { SubgraphsSource } from '../supergraph/subgraphs-source.ts';
import { UrlSource } from '../supergraph/url-source.ts';
import { openSource, readSupergraph, sourceKey } from './supergraph-source.ts';

let url = '';
const server = createServer((request, response) => {
  if (request.url === '/moved') response.writeHead(302, { location: '/' }).end();
  else response.end('type Query');
});
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
after(() => server.close());

const upstreams = { u: { url: 'http://127.0.0.1:1/g', subgraph: 's' }, other: { url: 'http://127.0.0.1:2' } };
const telemetry = { accessLog: { enabled: false }, level: 'silent' };
const configOf = (supergraph: unknown, more: object = {}) =>
  configSchema.parse({ telemetry, upstreams, graph: { supergraph }, ...more });

test('a supergraph comes from a URL or a file', async () => {
  assert.equal(await readSupergraph(url), 'type Query');
  await assert.rejects(readSupergraph(`${url}/moved`), /answered 302: expected the SDL/);
  await assert.rejects(readSupergraph('/none'), /there is no file "\/none"/);
  assert.match(await readSupergraph(import.meta.filename), /a supergraph comes from/);
});

test('each form of the setting has its source', async () => {
  const residents = await openResidents(configOf('x'));
  const opened = (supergraph: unknown) => openSource(configOf(supergraph), residents);
  assert.ok(opened('./x.graphql') instanceof FileSource);
  assert.ok(opened({ file: './x.graphql' }) instanceof FileSource);
  assert.ok(opened(url) instanceof UrlSource);
  assert.equal(opened(url)?.startWithinMs, 0);
  assert.ok(opened({ url }) instanceof UrlSource);
  assert.equal(opened({ url })?.startWithinMs, 10_000);
  const composed = opened({ subgraphs: 'upstreams' });
  assert.ok(composed instanceof SubgraphsSource);
  assert.equal(composed.name, 'the subgraphs s');
  await composed.close();
  assert.equal(residents.endpoints.size, 0);
  assert.equal(openSource(configSchema.parse({ telemetry }), residents), undefined);
  assert.throws(() => opened({ subgraphs: [{ name: 'lost' }] }), { detail: /lost has no url/ });
  await residents.close();
});

test('a source is the same for the same settings, and for composed subgraphs for the same upstreams', () => {
  const changed = { upstreams: { ...upstreams, u: { ...upstreams.u, url: 'http://127.0.0.1:3/g' } } };
  const unrelated = { upstreams: { u: upstreams.u } };
  const composed = { subgraphs: 'upstreams' };
  assert.notEqual(sourceKey(configOf(composed)), sourceKey(configOf(composed, changed)));
  assert.equal(sourceKey(configOf(composed)), sourceKey(configOf(composed, unrelated)));
  assert.equal(sourceKey(configOf('a')), sourceKey(configOf('a', changed)));
  assert.notEqual(sourceKey(configOf('a')), sourceKey(configOf('b')));
});

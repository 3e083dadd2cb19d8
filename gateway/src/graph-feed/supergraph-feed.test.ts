import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { FrontdeskError } from '../core/errors.ts';
import { openResidents, type Residents } from '../residents/residents.ts';
import { SupergraphFeed } from './supergraph-feed.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-feed-'));
after(() => rmSync(folder, { recursive: true }));

const telemetry = { accessLog: { enabled: false }, level: 'silent' };
const configOf = (supergraph: unknown) => configSchema.parse({ telemetry, graph: { supergraph } });

async function withFeed(
  use: (feed: SupergraphFeed, offered: () => Promise<void>, residents: Residents) => Promise<void>,
  wait?: (ms: number) => Promise<unknown>,
): Promise<void> {
  const residents = await openResidents(configSchema.parse({ telemetry }));
  let wake = Promise.withResolvers<void>();
  const onOffer = () => wake.resolve();
  const feed = new SupergraphFeed({ residents, onOffer, ...(wait && { wait }) });
  const offered = async () => {
    const hold = setInterval(() => {}, 1_000);
    await wake.promise;
    clearInterval(hold);
    wake = Promise.withResolvers();
  };
  try {
    await use(feed, offered, residents);
  } finally {
    await feed.close();
    await residents.close();
  }
}

/** Read by a function, so that each look is taken as a new one. */
const viewOf = (feed: SupergraphFeed) => feed.view;

async function withServer(answer: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('what a source says is offered once; what was refused is told, and forgotten when the old text is back', async () => {
  await withFeed(async (feed, offered, { metrics }) => {
    const file = join(folder, 'a');
    writeFileSync(file, 'one');
    const supply = await feed.supply(configOf({ file }));
    assert.equal(supply.sdl, 'one');
    assert.ok(!viewOf(feed));
    await supply.commit();
    assert.equal(viewOf(feed)?.refused, undefined);
    writeFileSync(file, 'bad');
    await offered();
    assert.equal(feed.take(), 'bad');
    assert.equal(feed.take(), undefined);
    feed.refuse(new FrontdeskError('internal', { detail: 'why' }));
    assert.equal(viewOf(feed)?.refused, 'why');
    writeFileSync(file, 'two');
    await offered();
    feed.applied(feed.take() ?? '');
    assert.equal(viewOf(feed)?.refused, undefined);
    assert.match(viewOf(feed)?.sha256 ?? '', /^[0-9a-f]{32}$/);
    const text = await metrics.text();
    assert.match(text, /frontdesk_supergraph_reloads_total\{outcome="applied"\} 1/);
    assert.match(text, /frontdesk_supergraph_reloads_total\{outcome="refused"\} 1/);
  });
});

test('the same source serves the next configuration, read again; one that is away gives what it gave', async () => {
  let answer = 'one';
  let status = 200;
  const server: RequestListener = (_request, response) => response.writeHead(status).end(answer);
  await withServer(server, async (url) => {
    await withFeed(async (feed) => {
      const config = configOf({ url, startWithin: '0s' });
      await (await feed.supply(config)).commit();
      answer = 'two';
      const again = await feed.supply(config);
      assert.equal(again.sdl, 'two');
      await again.commit();
      status = 503;
      assert.equal((await feed.supply(config)).sdl, 'two');
      assert.match(viewOf(feed)?.unreachable ?? '', /answered 503/);
      const other = configOf({ url: `${url}/other`, startWithin: '0s' });
      await assert.rejects(feed.supply(other), /^Error: no supergraph: .*answered 503/);
      assert.equal(viewOf(feed)?.source, url);
    });
  });
});

test('at the start a source that is away is asked again for as long as was said', async () => {
  let failures = 2;
  const server: RequestListener = (_request, response) => {
    response.writeHead(failures-- > 0 ? 503 : 200).end('one');
  };
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  await withServer(server, async (url) => {
    await withFeed(async (feed) => {
      const supply = await feed.supply(configOf({ url }));
      assert.equal(supply.sdl, 'one');
      await supply.abandon();
    }, wait);
  });
  assert.deepEqual(waits, [250, 500]);
});

test('a file that is gone refuses a configuration, and a configuration without a graph ends the source', async () => {
  await withFeed(async (feed) => {
    const file = join(folder, 'b');
    writeFileSync(file, 'one');
    await (await feed.supply(configOf(file))).commit();
    rmSync(file);
    await assert.rejects(feed.supply(configOf(file)), /there is no file/);
    const none = await feed.supply(configSchema.parse({}));
    assert.equal(none.sdl, undefined);
    await none.commit();
    assert.equal(viewOf(feed), undefined);
  });
});

test('another process that took a supergraph over makes this one ask at once', async () => {
  let served = 'one';
  const server = createServer((_, response) => response.end(served)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  try {
    await withFeed(async (feed, offered, residents) => {
      const config = configOf({ url: `http://127.0.0.1:${port}/sdl`, poll: '1h' });
      await (await feed.supply(config)).commit();
      served = 'two';
      await residents.channels.publish('supergraph', `another ${'a'.repeat(32)}`);
      await offered();
      assert.equal(feed.take(), 'two');
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

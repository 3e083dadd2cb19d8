import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '../core/manual-clock.ts';
import type { LiveSnapshot } from '../live/snapshot.ts';
import { lineOf, processOf, secondOf } from '../live/testing.fixture.ts';
import { sseEvent } from '../wire/events/sse.ts';
import { WorkersLive } from './workers-live.ts';

/** A worker's operators' socket: the stream, and one request that it keeps. */
async function worker(t: TestContext, socket: string, id: string) {
  const streams: ServerResponse[] = [];
  const server = createServer(({ url }, response) => {
    if (url === '/admin/live') {
      streams.push(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sseEvent('kept', '[]'));
      return;
    }
    if (url === '/admin/live/requests') {
      response.end(JSON.stringify({ requests: [lineOf(id)] }));
      return;
    }
    response.statusCode = url === `/admin/live/requests/${id}` ? 200 : 404;
    response.end(JSON.stringify({ id }));
  });
  server.listen(socket);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const tell = (requests: number): void => {
    const routes = [
      { route: '/a', kind: 'proxy', requests, failed: 0, refused: 0, latencies: { counts: [], maxMs: 0 } },
    ];
    const second = secondOf({ routes, processes: [processOf('gateway')], requests: [lineOf(`${id}-now`)] });
    for (const stream of streams) stream.write(sseEvent('second', JSON.stringify(second)));
  };
  return { tell, streams };
}

async function bench(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-live-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const sockets = [1, 2].map((number) => ({
    number,
    socket: join(folder, `${number}.sock`),
    version: { number: 7, digest: 'd' },
  }));
  const [one, two] = await Promise.all(sockets.map(({ socket, number }) => worker(t, socket, `r${number}`)));
  let present = sockets;
  const clock = new ManualClock();
  const live = new WorkersLive({ clock, present: () => present });
  const told: LiveSnapshot[] = [];
  const close = live.open((snapshot) => told.push(snapshot));
  t.after(close);
  const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await done())) await turn();
  };
  await until(() => one?.streams.length === 1 && two?.streams.length === 1);
  const leave = (number: number): void => {
    present = sockets.filter((other) => other.number !== number);
  };
  return { one: one ?? assert.fail(), two: two ?? assert.fail(), clock, live, told, close, until, leave };
}

/** Turns the clock by seconds until what was sent has come through the sockets. */
async function seconds(
  clock: ManualClock,
  until: (done: () => boolean) => Promise<void>,
  done: () => boolean,
) {
  await until(() => {
    clock.advance(1_000);
    return done();
  });
}

function requestsIn(told: readonly LiveSnapshot[]): number {
  return told.flatMap(({ routes }) => routes).reduce((sum, { requests }) => sum + requests, 0);
}

describe('the seconds of all workers', { timeout: 300_000 }, () => {
  it('are one, named by their numbers, and lose nothing', async (t) => {
    const { one, two, clock, live, told, until } = await bench(t);
    assert.deepEqual((await live.list()).map(({ id, process }) => [id, process]).sort(), [
      ['r1', '1'],
      ['r2', '2'],
    ]);
    one.tell(3);
    one.tell(4);
    two.tell(5);
    await seconds(clock, until, () => requestsIn(told) === 12);
    const names = told.flatMap(({ processes }) => processes.map(({ process }) => process));
    assert.deepEqual([...new Set(names)].sort(), ['1', '2']);
    assert.ok(told.every(({ processes }) => processes.length <= 2));
    assert.ok(told.some(({ requests }) => requests.some(({ process }) => process === '2')));
  });

  it('find a request wherever it was answered', async (t) => {
    const { live } = await bench(t);
    assert.deepEqual(await live.find('r2'), { id: 'r2' });
    assert.equal(await live.find('none'), undefined);
  });

  it('show a worker that is late as it stood, and say so where it stays silent; each with its configuration', async (t) => {
    const { one, two, clock, told, until } = await bench(t);
    one.tell(1);
    two.tell(1);
    await seconds(clock, until, () => requestsIn(told) === 2);
    const at = told.length;
    clock.advance(1_000);
    const [late] = told.slice(at);
    assert.deepEqual(
      late?.processes.map(({ process, version, digest, notReady }) => [process, version, digest, notReady]),
      [
        ['1', 7, 'd', []],
        ['2', 7, 'd', []],
      ],
    );
    assert.deepEqual([late?.routes, late?.requests], [[], []]);
    clock.advance(3_000);
    assert.match(told.at(-1)?.processes[0]?.notReady.join() ?? '', /silent for \d s/);
  });

  it('go on without a worker that has gone, and end with who looks', async (t) => {
    const { one, two, clock, told, close, until, leave } = await bench(t);
    const gone = once(two.streams[0] ?? assert.fail(), 'close');
    leave(2);
    clock.advance(1_000);
    await gone;
    one.tell(1);
    await seconds(clock, until, () => requestsIn(told) === 1);
    const ended = once(one.streams[0] ?? assert.fail(), 'close');
    close();
    await ended;
    assert.equal(clock.pending, 0);
  });
});

/** The rig itself: it must see what is wrong, or the experiments prove nothing. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { between, keyOf, placed, table, worst } from '../report.ts';
import { atLeast, count, isMet } from './experiment.ts';
import { FaultProxy } from './fault-proxy.ts';
import { GatewayLog } from './gateway-log.ts';
import { HttpClient, readReply } from './http-client.ts';
import { Load } from './load.ts';
import { lastTwoThirds, median, theilSen } from './slope.ts';
import { overAdmission, Tally } from './tally.ts';

const CALLER = { identity: 'amber', head: '' };

/** Answers what `answer` makes of a request's head. */
async function serve(t: TestContext, answer: (head: string) => string | undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const text = answer(chunk.toString());
      if (text === undefined) socket.resetAndDestroy();
      else socket.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const reply = (body: string, length = body.length): string =>
  `HTTP/1.1 200 OK\r\nX-Lines: 1\r\nContent-Length: ${length}\r\n\r\n${body}`;

const nonceOf = (head: string): string => /nonce=([^ &]+)/.exec(head)?.[1] ?? '';

/** What a load sees of a backend that answers so. */
async function outcomesOf(t: TestContext, answer: (head: string) => string | undefined): Promise<string[]> {
  const port = await serve(t, answer);
  const load = new Load({ port, path: '/x', perSecond: 200, callers: [CALLER], connections: 2 }).start();
  await new Promise((resolve) => setTimeout(resolve, 60));
  const tally = await load.stop();
  return [...new Set(tally.samples().map(({ outcome }) => outcome))];
}

test('an answer is right, another one’s, another caller’s, too short, cut off, refused by name, or no HTTP', async (t) => {
  const cases: [(head: string) => string | undefined, string][] = [
    [(head) => reply(`${nonceOf(head)}|amber\n`), 'ok'],
    [() => reply('of-another|amber\n'), 'wrong'],
    [(head) => reply(`${nonceOf(head)}|birch\n`), 'wrong'],
    [(head) => reply(`${nonceOf(head)}|amb`), 'wrong'],
    [() => undefined, 'lost'],
    [() => 'nonsense\r\n\r\n', 'invalid'],
    [() => 'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n', 'status 500'],
    [
      () => {
        const body = '{"type":"urn:frontdesk:problem:rate-limited"}';
        const head = 'HTTP/1.1 429 X\r\nContent-Type: application/problem+json\r\nContent-Length: ';
        return `${head}${body.length}\r\n\r\n${body}`;
      },
      'rate-limited',
    ],
  ];
  for (const [answer, outcome] of cases) assert.deepEqual(await outcomesOf(t, answer), [outcome]);
});

test('replies are whole by their length or their last chunk, and not before', () => {
  const whole = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
  for (let i = 0; i < whole.length; i += 1) assert.equal(readReply(whole.subarray(0, i)), undefined);
  const read = readReply(whole);
  assert.ok(typeof read === 'object' && read.reply.body === 'abc' && read.bytes === whole.length);
  assert.equal(readReply(Buffer.from('HTTP/1.1 200 OK\r\n\r\nuntil the end')), 'invalid');
});

test('the proxy resets, ends too early, falls silent, corrupts and refuses, on connections that are open', async (t) => {
  const body = 'x'.repeat(1000);
  const port = await serve(t, () => reply(body));
  const proxy = await FaultProxy.start(port);
  const client = new HttpClient({ port: proxy.port, connections: 1, timeoutMs: 200 });
  t.after(() => {
    client.close();
    return proxy.close();
  });
  const outcome = async (): Promise<string> => {
    const answer = await client.get('/');
    return typeof answer === 'string' ? answer : `${answer.status} ${answer.body.length}`;
  };
  assert.equal(await outcome(), '200 1000');
  for (const [fault, seen] of [
    [{ kind: 'reset', afterBytes: 500 }, 'lost'],
    [{ kind: 'half-close', afterBytes: 500 }, 'lost'],
    [{ kind: 'corrupt' }, 'invalid'],
    [{ kind: 'blackhole', fresh: 'vanish' }, 'lost'],
    [{ kind: 'refuse' }, 'lost'],
    [{ kind: 'delay', ms: 20 }, '200 1000'],
    [{ kind: 'throttle', bytesPerSecond: 50_000 }, '200 1000'],
  ] as const) {
    proxy.set(fault);
    assert.equal(await outcome(), seen, fault.kind);
    proxy.heal();
    assert.equal(await outcome(), '200 1000', `after ${fault.kind}`);
  }
  proxy.set({ kind: 'blackhole', fresh: 'work' });
  assert.equal(await outcome(), 'lost');
  assert.equal(await outcome(), '200 1000');
  assert.equal(proxy.mostSentIntoBlackhole, 1);
});

test('recovery is the first row of good windows; too much is what is above burst and rate', () => {
  const tally = new Tally();
  for (let at = 0; at < 5_000; at += 10) {
    const isBad = at >= 1_000 && at < 2_500;
    tally.add({ at, latencyMs: 1, lagMs: 0, outcome: isBad ? 'lost' : 'ok', caller: 'amber' });
  }
  const times = { from: 0, fault: 1_000, healed: 2_000, windowMs: 100, windows: 5 };
  assert.equal(tally.recoveryMs(times), 500);
  assert.equal(tally.recoveryMs({ ...times, windows: 40 }), Number.POSITIVE_INFINITY);
  assert.equal(tally.summary().lost, 150);
  assert.equal(overAdmission(33, { capacity: 10, perSecond: 10 }, 2), 10);
  assert.equal(overAdmission(30, { capacity: 10, perSecond: 10 }, 2), 0);
});

test('the worst of all runs is told, and no run at all meets nothing', () => {
  const run = (lost: number, served: number) => ({
    seen: [],
    targets: [count('lost', lost), atLeast('served', served, 5)],
  });
  const targets = worst([run(0, 9), run(2, 7), run(1, 4)]);
  assert.deepEqual(
    targets.map(({ measured }) => measured),
    [2, 4],
  );
  assert.deepEqual(targets.map(isMet), [false, false]);
  assert.equal(isMet(count('exit code', Number.NaN)), false);
  assert.match(
    placed('a\n<!-- experiments: begin -->\nold\n<!-- experiments: end -->\nb', 'new'),
    /begin -->\nnew\n</,
  );
});

test('a slope is told by its middle, whatever single points say', () => {
  const points = Array.from({ length: 21 }, (_, at) => ({ at, value: at === 7 ? 1e9 : 3 * at + 5 }));
  assert.equal(theilSen(points), 3);
  assert.equal(theilSen(points.slice(0, 1)), 0);
  assert.deepEqual([median([]), median([4, 1, 9]), median([4, 1])], [0, 4, 2.5]);
  assert.deepEqual(
    lastTwoThirds(points.slice(0, 4)).map(({ at }) => at),
    [1, 2, 3],
  );
});

test('a crash is one where no experiment announced it; each that was announced is one less, whatever pieces the log comes in', async () => {
  const log = new GatewayLog();
  const heard = log.line(/serves/, 10_000);
  log.expectCrash(/an error that an experiment throws/);
  const words = 'an error that nobody handles: Error: an error that an experiment throws\n';
  log.add(words.slice(0, 9));
  log.add(`${words.slice(9)}{"message":"a process serves"}\n${words}FATAL ERROR: Reached heap`);
  assert.equal(await heard, '{"message":"a process serves"}');
  assert.deepEqual(log.crashes, [words.trim()]);
  log.add(' limit\n');
  assert.deepEqual(log.crashes, [words.trim(), 'FATAL ERROR: Reached heap limit']);
  assert.match(log.text, /^an error.*\n.*\n.*\nFATAL ERROR: Reached heap limit\n$/);
});

test('a table that was there keeps what was not taken again, in the order of all', () => {
  const row = (number: number, title: string, measured: number, how: string) => ({
    ...{ number, title, how, load: 1, failures: [] },
    findings: [{ seen: [], targets: [count('lost', measured)] }],
  });
  const order = ['1 a', '2 b', '2 c', '3 d'];
  const first = table([row(3, 'd', 0, 'early'), row(2, 'b', 1, 'early'), row(2, 'gone', 1, 'early')], order);
  const page = placed('x\n<!-- experiments: begin -->\n<!-- experiments: end -->\ny', `words\n\n${first}\n`);
  const lines = table([row(2, 'c', 2, 'late'), row(3, 'd', 3, 'late')], order, between(page)).split('\n');
  assert.deepEqual(lines.slice(2), [
    '| **2** | **b** | | | | early |',
    '| | lost | 0  | 1  | ✗ | not explained |',
    '| **2** | **c** | | | | late |',
    '| | lost | 0  | 2  | ✗ | not explained |',
    '| **3** | **d** | | | | late |',
    '| | lost | 0  | 3  | ✗ | not explained |',
  ]);
  assert.equal(keyOf({ number: 2, title: 'c' }), '2 c');
  assert.throws(() => between('nothing'), /has no/);
});

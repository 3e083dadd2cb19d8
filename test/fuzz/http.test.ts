/** The fuzzer of HTTP/1.1 for a while, and what it found once. `npm run fuzz -w test` looks for longer. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { seedOf } from '../runner/seed.ts';
import { CORPUS } from './corpus.ts';
import { type Edge, startEdge } from './edge.ts';
import { faultOf, fuzzHttp } from './http.ts';
import { meaningOf } from './meaning.ts';
import { exchangeRaw } from './raw-exchange.ts';
import { readStrictly } from './strict-http.ts';

const SEED = seedOf(process.env.FRONTDESK_SEED);
const MAX_STREAMS = 8_000;
const MAX_MS = 20_000;
const QUIET_MS = 100;
/** Byte by byte would take long for these, and their parts are in others. */
const MAX_BYTES_ONE_BY_ONE = 300;

/** Each is a stream that once was answered wrongly, with what was wrong. */
const FINDINGS: readonly (readonly [what: string, bytes: string])[] = [
  [
    'a tab behind the coding ended the process: the upload had begun when the parser gave up',
    'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\t\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ],
  [
    'a chunk that is none, behind a good one, ended the process',
    'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnoise\r\n',
  ],
  [
    'what followed an offer of h2c in its packet was lost, and the connection read on from its middle',
    'GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /lost HTTP/1.1\r\nHost: h\r\nX: ',
  ],
  [
    'a body that broke after 100 Continue was waited for until the deadline, and never answered',
    'POST / HTTP/1.1\r\nExpect:100-continue\r\nHost:h\r\nTransfer-Encoding:chunked\r\n\r\n5\r\nhello\r\n0\r\nTransfer-Encoding:\r\n\r\n',
  ],
  [
    'a CONNECT behind a request that was being answered took that answer away',
    'GET / HTTP/1.1\r\nHost:\r\n\r\nCONNECT \n\r\n',
  ],
  [
    'a handshake behind a request that was being answered took that answer away',
    'GET / HTTP/1.1\r\nHost:\r\n\r\nGET /\nConnection:Upgrade\r\nUpgrade:websocket\r\nS:\r\n\r\n',
  ],
];

describe('whatever bytes come', { timeout: 110_000 }, () => {
  let edge: Edge;
  before(async () => {
    edge = await startEdge('fuzz');
  });
  after(() => edge.stop());

  for (const [what, bytes] of FINDINGS) {
    test(`once: ${what}`, async () => {
      assert.equal(await faultOf(edge, bytes), undefined);
      assert.equal(await faultOf(edge, bytes, [40, 80, bytes.length - 9]), undefined);
    });
  }

  test(`seed ${SEED} shows no fault`, async () => {
    const until = performance.now() + MAX_MS;
    const enough = (streams: number): boolean => streams >= MAX_STREAMS || performance.now() > until;
    const { finding } = await fuzzHttp(edge, SEED, enough);
    assert.equal(finding, undefined, JSON.stringify(finding));
  });

  test('a stream that comes byte by byte is the same stream', async () => {
    const seen = async (bytes: string, cuts: readonly number[], quietMs: number): Promise<unknown> => {
      const { replies, closed } = await exchangeRaw(edge.port, bytes, { quietMs, cuts });
      const asked = edge.echo.take().requests.map(meaningOf).sort();
      // Why it is refused may be told less well where the line that is wrong came in pieces, and whether it is told at all
      // behind another request is a matter of whether that one was answered by then: but then the connection is closed.
      const statuses = replies.map(({ status }) => (status < 400 ? status : 'refused'));
      return { statuses: statuses.filter((status, i) => status !== 'refused' || i === 0), closed, asked };
    };
    for (const { name, bytes } of CORPUS) {
      if (bytes.length > MAX_BYTES_ONE_BY_ONE || /upgrade|RTSP/i.test(bytes)) continue;
      const closing = `${bytes}GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`;
      const cuts = Array.from({ length: closing.length }, (_, i) => i);
      const whole = await seen(closing, [], QUIET_MS);
      const cut = await seen(closing, cuts, QUIET_MS);
      if (JSON.stringify(cut) === JSON.stringify(whole)) continue;
      // Once more in peace, before it counts.
      await edge.echo.quiet();
      assert.deepEqual(await seen(closing, cuts, 2_000), await seen(closing, [], 2_000), name);
    }
    assert.ok(edge.isAlive());
  });
});

describe('the strict reader', () => {
  test('finds what is there, and stops at what is not sound', () => {
    const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
    assert.equal(readStrictly(get + get).requests.length, 2);
    assert.equal(readStrictly(get + get).end, 'nothing left');
    assert.deepEqual(readStrictly(`${get}noise\r\n\r\n${get}`).requests.length, 1);
    assert.equal(readStrictly(get.slice(0, -1)).end, 'unfinished');
    const post = 'POST /a HTTP/1.1\r\nHost: h\r\n';
    const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n0\r\nT: z\r\n\r\n`;
    assert.equal(readStrictly(chunked + get).requests[0]?.body, 'ab');
    for (const lines of [
      'Content-Length: 1\r\nTransfer-Encoding: chunked',
      'Content-Length: 1\r\nContent-Length: 1',
    ]) {
      assert.equal(readStrictly(`${post}${lines}\r\n\r\n`).end, 'unsound', lines);
    }
  });
});

/**
 * Throws changed streams of requests at a gateway and holds it to what must be so whatever comes: the process lives, its
 * backend is asked for nothing that a strict reader does not find in the bytes, clients read nothing of the inside, the
 * next request is served, and memory stays in bounds.
 */
import { CORPUS } from './corpus.ts';
import type { Edge } from './edge.ts';
import { isAmong, meaningOf } from './meaning.ts';
import { cutsOf, mutated } from './mutate.ts';
import { Random } from './random.ts';
import { exchangeRaw, type RawExchange } from './raw-exchange.ts';
import { readStrictly } from './strict-http.ts';

/** Node's parser takes RTSP for HTTP: known, and no use to find again. */
const SEEDS = CORPUS.filter(({ bytes }) => !bytes.includes('RTSP'));
/** What a client may never read: addresses, code, stacks. */
const INSIDE = /127\.0\.0\.1:\d|node_modules|\.ts:\d|\n\s+at |\/src\/|ECONN/;
const QUIET_MS = 100;
const PATIENT_MS = 1_500;
/** Closes the connection of a server that has understood all before it. */
const LAST = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
/** The young generation alone grows to more than half of it, and then no further. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
const WARM_UP_STREAMS = 300;

export interface Finding {
  readonly seed: number;
  readonly what: string;
  /** The shortest stream found that shows it. */
  readonly bytes: string;
}

export interface FuzzResult {
  readonly streams: number;
  readonly finding: Finding | undefined;
}

/** Runs streams of `seed`, `seed + 1`, … until `enough` says so or one shows a fault. */
export async function fuzzHttp(
  edge: Edge,
  seed: number,
  enough: (streams: number) => boolean,
): Promise<FuzzResult> {
  let warm = 0;
  let streams = 0;
  for (; !enough(streams); streams += 1) {
    if (streams === WARM_UP_STREAMS) warm = edge.residentBytes();
    const random = new Random(seed + streams);
    const bytes = mutated(random, SEEDS);
    const cuts = cutsOf(random, bytes.length);
    const what = await faultOf(edge, bytes, cuts);
    if (what === undefined) continue;
    const shortest = edge.isAlive() ? await shortened(edge, bytes, cuts) : bytes;
    return { streams, finding: { seed: seed + streams, what, bytes: shortest } };
  }
  const growth = warm === 0 ? 0 : edge.residentBytes() - warm;
  if (growth <= MAX_GROWTH_BYTES) return { streams, finding: undefined };
  return { streams, finding: { seed, what: `memory grew by ${growth} bytes`, bytes: '' } };
}

/** What is wrong with how this stream was taken, in words; looked at twice, as a busy machine is no fault. */
export async function faultOf(
  edge: Edge,
  bytes: string,
  cuts: readonly number[] = [],
): Promise<string | undefined> {
  const hasty = await faultAt(edge, bytes, cuts, QUIET_MS);
  if (hasty === undefined || !edge.isAlive()) return hasty;
  // What is still under way is not of the second look.
  await edge.echo.quiet();
  return faultAt(edge, bytes, cuts, PATIENT_MS);
}

async function faultAt(
  edge: Edge,
  bytes: string,
  cuts: readonly number[],
  quietMs: number,
): Promise<string | undefined> {
  const found = readStrictly(bytes + LAST).requests;
  const isHead = (index: number): boolean => found[index]?.method === 'HEAD';
  const exchange = await exchangeRaw(edge.port, bytes + LAST, { quietMs, cuts, isHead });
  const said = saidOf(edge, exchange, found.map(meaningOf));
  if (said !== undefined) return said;
  const next = await exchangeRaw(edge.port, LAST, { quietMs: PATIENT_MS });
  if (!edge.isAlive()) return `the process ended: ${edge.gateway.output().slice(-1_500)}`;
  edge.echo.take();
  return next.replies[0]?.status === 200 ? undefined : `the next request is answered ${next.text}`;
}

function saidOf(edge: Edge, { text, replies }: RawExchange, found: readonly string[]): string | undefined {
  const { requests, faults } = edge.echo.take();
  if (faults.length > 0) return `the backend was sent ${faults}`;
  const asked = requests.map(meaningOf);
  if (!isAmong(asked, found)) return `the backend was asked ${asked}, and the stream holds ${found}`;
  if (INSIDE.test(text)) return `the client was told ${text}`;
  // Whoever answers fewer says why, by a refusal or by the end of the connection: else the next are read askew.
  const isOver = replies.some(({ status, head }) => status >= 400 || /\r\nconnection: close/i.test(head));
  if (replies.length < found.length && !isOver) return `${replies.length} of ${found.length} are answered`;
  if (replies.length > found.length + 1) return `${replies.length} replies to ${found.length} requests`;
  return undefined;
}

/** The shortest stream that still shows a fault, found by leaving out ever smaller pieces. */
async function shortened(edge: Edge, bytes: string, cuts: readonly number[]): Promise<string> {
  let shortest = bytes;
  for (let size = Math.floor(bytes.length / 2); size > 0; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const without = shortest.slice(0, at) + shortest.slice(at + size);
      if (!edge.isAlive()) return shortest;
      if ((await faultOf(edge, without, cuts)) === undefined) at += size;
      else shortest = without;
    }
  }
  return shortest;
}

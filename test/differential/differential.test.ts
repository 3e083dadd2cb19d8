/**
 * The same bytes to us, nginx and HAProxy, each before a backend of its own: what we pass on, they pass on as the same
 * requests. Where we refuse and they do not, we are strict; where it is the other way round, the table of accepted
 * differences says why.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CORPUS } from '../fuzz/corpus.ts';
import { type Echo, startEcho } from '../fuzz/echo.ts';
import { startEdge } from '../fuzz/edge.ts';
import { isAmong, meaningOf, statedHost } from '../fuzz/meaning.ts';
import { mutated } from '../fuzz/mutate.ts';
import { Random } from '../fuzz/random.ts';
import { exchangeRaw, type RawExchange } from '../fuzz/raw-exchange.ts';
import type { StrictRequest } from '../fuzz/strict-http.ts';
import { seedOf } from '../runner/seed.ts';
import { freePorts } from '../stack/ports.ts';
import { ACCEPTED } from './accepted.ts';
import { startHaproxy, startNginx } from './peers.ts';

const { FRONTDESK_TEST_NGINX: nginx, FRONTDESK_TEST_HAPROXY: haproxy } = process.env;
const skip = nginx && haproxy ? false : 'needs nginx and HAProxy';
const MUTATIONS = 600;
const SEED = seedOf(process.env.FRONTDESK_SEED);
const QUIET_MS = 150;
/** For a second look at what seems to differ: a busy machine is no difference. */
const PATIENT_MS = 2_000;
/** Closes the connection of a server that has understood all before it. */
const LAST = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

interface Doors {
  readonly all: readonly [Door, Door, Door];
  isAlive(): boolean;
  close(): Promise<void>;
}

interface Door {
  readonly name: 'Frontdesk' | 'nginx' | 'HAProxy';
  readonly port: number;
  readonly echo: Echo;
  /** Where the backend reads what host was asked. */
  readonly hostField: string;
}

interface Taken {
  readonly exchange: RawExchange;
  /** What the backend was asked, by meaning, in order. */
  readonly asked: readonly string[];
  /** What it was sent that is no HTTP. */
  readonly faults: readonly string[];
}

async function openDoors(): Promise<Doors> {
  const edge = await startEdge('differential');
  const [nginxEcho, haproxyEcho] = await Promise.all([startEcho(), startEcho()]);
  const [nginxPort = 0, haproxyPort = 0] = await freePorts(2);
  const peers = await Promise.all([
    startNginx({ program: nginx ?? '', port: nginxPort, backend: nginxEcho.address }),
    startHaproxy({ program: haproxy ?? '', port: haproxyPort, backend: haproxyEcho.address }),
  ]);
  const all = [
    { name: 'Frontdesk', port: edge.port, echo: edge.echo, hostField: 'x-forwarded-host' },
    { name: 'nginx', port: nginxPort, echo: nginxEcho, hostField: 'host' },
    { name: 'HAProxy', port: haproxyPort, echo: haproxyEcho, hostField: 'host' },
  ] as const;
  const close = async (): Promise<void> => {
    await edge.stop();
    for (const peer of peers) peer.stop();
    nginxEcho.close();
    haproxyEcho.close();
  };
  return { all, isAlive: edge.isAlive, close };
}

async function taken({ port, echo, hostField }: Door, bytes: string, quietMs: number): Promise<Taken> {
  const exchange = await exchangeRaw(port, bytes + LAST, { quietMs });
  const asked = (request: StrictRequest): string =>
    `${meaningOf(request)} for ${statedHost(request, hostField) ?? ''}`.replace(/\.(:\d+)?$/, '$1');
  const { requests, faults } = echo.take();
  return { exchange, asked: requests.map(asked), faults };
}

/** In what a peer differs, in words; `undefined` where it agrees or takes more than we do. */
function difference(ours: Taken, peer: Taken): string | undefined {
  const mine = [...ours.asked].sort();
  // Ours may reach the backend in another order, as each takes a connection of its own.
  const theirs = peer.asked.slice(0, mine.length).sort();
  if (mine.every((one, i) => one === theirs[i])) return undefined;
  // Some that we answer ourselves (a coded body, a body that is too large): then as many replies, and fewer requests.
  const areAnswered = ours.exchange.replies.length === peer.exchange.replies.length;
  if (areAnswered && isAmong(mine, peer.asked)) return undefined;
  return `we: ${mine.join(' ')}\nit: ${peer.asked.join(' ')} (${peer.exchange.replies.map(({ status }) => status)}) ${peer.faults.join(' ')}`;
}

async function differences(
  doors: readonly [Door, Door, Door],
  bytes: string,
  quietMs: number,
): Promise<string[]> {
  const [ours, ...peers] = await Promise.all(doors.map((door) => taken(door, bytes, quietMs)));
  assert.ok(ours);
  assert.deepEqual(ours.faults, [], `what we sent on is no HTTP: ${JSON.stringify(bytes)}`);
  return peers.flatMap((peer, i) => {
    const name = doors[i + 1]?.name ?? '';
    const found = difference(ours, peer);
    const isAccepted = ACCEPTED.some(
      (one) => (one.peer === name || one.peer === 'both') && one.holds.test(bytes),
    );
    return found === undefined || isAccepted ? [] : [`${name} differs on ${JSON.stringify(bytes)}\n${found}`];
  });
}

describe('what we pass on, nginx and HAProxy pass on as the same', { skip, timeout: 110_000 }, () => {
  let doors: Doors;
  before(async () => {
    doors = await openDoors();
  });
  after(() => doors.close());
  const held = async (bytes: string): Promise<string[]> => {
    const { all } = doors;
    const found = await differences(all, bytes, QUIET_MS);
    if (found.length === 0) return found;
    await Promise.all(all.map(({ echo }) => echo.quiet()));
    return differences(all, bytes, PATIENT_MS);
  };
  /** Whoever answers nothing differs in nothing. */
  const allServe = async (): Promise<void> => {
    assert.ok(doors.isAlive());
    for (const door of doors.all)
      assert.equal((await taken(door, '', PATIENT_MS)).asked.length, 1, door.name);
  };

  test(`${CORPUS.length} streams of the corpus`, async () => {
    const found: string[] = [];
    for (const { name, bytes } of CORPUS) {
      for (const one of await held(bytes)) found.push(`${name}: ${one}`);
    }
    assert.deepEqual(found, []);
    await allServe();
  });

  test(`${MUTATIONS} changes of them, by seed ${SEED}`, async () => {
    const random = new Random(SEED);
    const found: string[] = [];
    for (let i = 0; i < MUTATIONS; i += 1) found.push(...(await held(mutated(random, CORPUS))));
    assert.deepEqual(found, []);
    await allServe();
  });
});

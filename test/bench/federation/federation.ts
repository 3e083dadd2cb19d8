/** The federation benchmark: Frontdesk beside Hive Gateway with the Rust planner, row by row. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../stack/ports.ts';
import { addedLatency } from '../latency.ts';
import { type Comparison, measure } from '../load.ts';
import type { Program } from '../process.ts';
import { compose, type Place, startHive, startOurs, startSubgraphs } from './programs.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

const KEY_FIELD = ['x-api-key', 'benchmark-key-of-the-only-consumer'] as const;
const SMALL = WORKLOADS.find(({ title }) => title === 'small query');

export async function* federation(seconds: number): AsyncGenerator<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const [backendPort = 0] = await freePorts(1);
  const backend = await startSubgraphs(backendPort);
  try {
    const place = compose(directory, backendPort);
    for (const workload of WORKLOADS) yield await compare(workload, place, seconds);
    yield await latency(place, seconds);
  } finally {
    await backend.stop();
    rmSync(directory, { recursive: true });
  }
}

async function compare(workload: Workload, place: Place, seconds: number): Promise<Comparison> {
  const { title, body, mode, shareInbound } = workload;
  const file = join(place.directory, 'body.json');
  writeFileSync(file, body);
  const script = join(import.meta.dirname, 'request.lua');
  const load = (url: string): string[] => ['-s', script, url, '--', file, mode];
  const [port = 0, adminPort = 0, peerPort = 0] = await freePorts(3);
  const started = performance.now();
  const ours = await startOurs(place, port, adminPort, shareInbound);
  const readyMs = performance.now() - started;
  const url = `http://127.0.0.1:${port}/graphql`;
  const first = body.replace('PLACE', 'p0');
  const notes: string[] = [];
  let answer: unknown;
  const measured = await running(ours, async () => {
    answer = await answerOf(url, first);
    const found = await measure(
      'Frontdesk, guarded',
      ours,
      seconds,
      load(url),
      workload.alone ? 4 : undefined,
    );
    notes.push(`ready after ${readyMs.toFixed(0)} ms; ${await loopDelay(adminPort)}`);
    return found;
  });
  if (workload.alone) return { title, measures: [measured], notes };
  const peer = await startHive(place, peerPort, shareInbound);
  const peerUrl = `http://127.0.0.1:${peerPort}/graphql`;
  const other = await running(peer, async () => {
    // Who answers something else is not to be compared with.
    assert.deepEqual(await answerOf(peerUrl, first), answer);
    return measure('Hive Gateway, Rust planner', peer, seconds, load(peerUrl));
  });
  return { title, measures: [measured, other], notes };
}

/** What the gateway adds to a small query's answer at half of the rate that saturates it. */
async function latency(place: Place, seconds: number): Promise<Comparison> {
  const [port = 0, adminPort = 0] = await freePorts(2);
  assert.ok(SMALL);
  const file = join(place.directory, 'small.json');
  writeFileSync(file, SMALL.body);
  const script = join(import.meta.dirname, 'request.lua');
  const ours = await startOurs(place, port, adminPort, false);
  const url = `http://127.0.0.1:${port}/graphql`;
  return running(ours, async () => {
    const full = await measure('Frontdesk, saturated', ours, seconds, ['-s', script, url, '--', file, 'own']);
    const rate = full.perSecond / 2;
    const direct = `http://127.0.0.1:${place.backendPort}/accounts`;
    const note = await addedLatency({ url, direct, rate, seconds, body: file, field: KEY_FIELD });
    return { title: 'latency added to a small query at half of saturation', measures: [full], notes: [note] };
  });
}

/** Ends the program whatever comes of the work. */
async function running<T>(program: Program, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await program.stop();
  }
}

async function loopDelay(adminPort: number): Promise<string> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const read = (name: string): string => {
    const value = new RegExp(`^nodejs_eventloop_lag_${name}_seconds(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(
      text,
    )?.[1];
    return value === undefined ? 'unknown' : `${(Number(value) * 1000).toFixed(0)} ms`;
  };
  return `event-loop delay p99 ${read('p99')}, longest ${read('max')}`;
}

/** The query's data; an answer with errors is no answer. */
async function answerOf(url: string, body: string): Promise<unknown> {
  const [name, value] = KEY_FIELD;
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer first', [name]: value },
    body,
  });
  const answer: { data?: unknown; errors?: unknown } = JSON.parse(await reply.text());
  if (answer.errors !== undefined || !answer.data) {
    throw new Error(`${url} answered ${JSON.stringify(answer.errors ?? answer).slice(0, 2_000)}`);
  }
  return answer.data;
}

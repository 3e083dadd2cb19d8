/** The federation benchmark: Frontdesk beside Hive Gateway with the Rust planner, nothing shared between requests. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../stack/config.ts';
import { freePorts } from '../../stack/ports.ts';
import { type Measure, measure } from '../load.ts';
import { PEERS } from '../peers.ts';
import { GATEWAY_CORE, LOAD_CORE, type Program, startPinned } from '../process.ts';

const SUBGRAPHS = ['accounts', 'inventory', 'products', 'reviews'];
const MAIN = join(ROOT, 'gateway/src/main.ts');

export async function federation(seconds: number): Promise<readonly [ours: Measure, peer: Measure]> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const [port = 0, peerPort = 0, backendPort = 0] = await freePorts(3);
  const script = join(import.meta.dirname, 'subgraphs.ts');
  const backend = await startPinned(LOAD_CORE, [process.execPath, script, String(backendPort)], {
    readyUrl: `http://127.0.0.1:${backendPort}/`,
  });
  try {
    const supergraph = compose(directory, backendPort);
    const body = join(directory, 'body.json');
    const query = readFileSync(join(import.meta.dirname, 'query.graphql'), 'utf8');
    writeFileSync(body, JSON.stringify({ query }));
    const load = (url: string): string[] => ['-s', join(import.meta.dirname, 'request.lua'), url, '--', body];

    const url = `http://127.0.0.1:${port}/graphql`;
    const serve = ['serve', '--supergraph', supergraph, '--host', '127.0.0.1', '--port', String(port)];
    const ours = await startPinned(GATEWAY_CORE, [process.execPath, MAIN, ...serve], {
      cwd: directory,
      readyUrl: `http://127.0.0.1:${port}/readyz`,
    });
    const answer = await answerOf(ours, url, body);
    const oursMeasured = await measure('Frontdesk', ours, seconds, load(url)).finally(ours.stop);

    const peerUrl = `http://127.0.0.1:${peerPort}/graphql`;
    const peer = await startPinned(GATEWAY_CORE, hive(supergraph, peerPort), {
      cwd: PEERS,
      readyUrl: peerUrl,
    });
    // Who answers something else is not to be compared with.
    assert.deepEqual(await answerOf(peer, peerUrl, body), answer);
    const peerMeasured = await measure('Hive Gateway, Rust planner', peer, seconds, load(peerUrl)).finally(
      peer.stop,
    );
    return [oursMeasured, peerMeasured];
  } finally {
    await backend.stop();
    rmSync(directory, { recursive: true });
  }
}

function hive(supergraph: string, port: number): string[] {
  const bin = 'node_modules/@graphql-hive/gateway/dist/bin.js';
  const options = [
    '--hive-router-runtime',
    '--config-path',
    'hive.config.mjs',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
  ];
  return [process.execPath, bin, 'supergraph', supergraph, ...options];
}

function compose(directory: string, backendPort: number): string {
  const output = join(directory, 'supergraph.graphql');
  const subgraphs = SUBGRAPHS.map((name) => {
    const file = join(import.meta.dirname, `${name}.graphql`);
    return `--subgraph=${name}=http://127.0.0.1:${backendPort}/${name}=${file}`;
  });
  execFileSync(process.execPath, [MAIN, 'compose', ...subgraphs, '--output', output]);
  return output;
}

/** The query's data; an answer with errors is no answer. The program is ended when there is none. */
async function answerOf(program: Program, url: string, bodyFile: string): Promise<unknown> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer first' },
    body: readFileSync(bodyFile),
  });
  const answer: { data?: unknown; errors?: unknown } = JSON.parse(await reply.text());
  if (answer.errors === undefined && answer.data) return answer.data;
  await program.stop();
  throw new Error(`${program.command} answered ${JSON.stringify(answer.errors ?? answer)}`);
}

/**
 * What a BFF's dashboard costs: three REST parts against one proxied call, its GraphQL face against its REST face, and
 * against the same by hand with Apollo Server and RESTDataSource. And the bytes that the demo's two BFFs send.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../stack/ports.ts';
import { startStack } from '../../stack/stack.ts';
import type { Comparison } from '../load.ts';
import { startBackend } from '../passthrough/backend-program.ts';
import { benchConfig, KEY } from '../passthrough/configuration.ts';
import { authorized, measureOf, startFrontdesk } from '../passthrough/passthrough.ts';
import { PEERS } from '../peers.ts';
import { GATEWAY_CORE, type Program, startPinned } from '../process.ts';
import { inRounds, type Standing } from '../rounds.ts';
import { QUERY, SCHEMA } from './contract.ts';

const ROUND_S = 2;
const SUBJECT = '42';

export async function* dashboard(seconds: number): AsyncGenerator<Comparison> {
  yield await cost(Math.max(3, Math.floor(seconds / ROUND_S)));
  yield await bytes();
}

async function cost(rounds: number): Promise<Comparison> {
  const directory = mkdtempSync(join(tmpdir(), 'frontdesk-bench-'));
  const [port = 0, adminPort = 0, peerPort = 0, backendPort = 0] = await freePorts(4);
  const programs: Program[] = [await startBackend(directory, backendPort)];
  try {
    const backend = `http://127.0.0.1:${backendPort}`;
    const config = benchConfig({ port, adminPort, backendPort });
    for (const name of ['accounts', 'friends']) config.upstreams[name] = { url: backend };
    config.bffs = [{ package: join(import.meta.dirname, 'package.ts'), mount: '/bff', auth: ['apiKey'] }];
    const ours = await startFrontdesk(directory, 'frontdesk', config, port);
    programs.push(ours);
    const command = [process.execPath, 'apollo-rest.mjs', String(peerPort), backend, SCHEMA];
    const peer = await startPinned(GATEWAY_CORE, command, {
      cwd: PEERS,
      readyUrl: `http://127.0.0.1:${peerPort}/`,
    });
    programs.push(peer);

    const url = `http://127.0.0.1:${port}`;
    const body = join(directory, 'body.json');
    writeFileSync(body, JSON.stringify({ query: QUERY }));
    const post = (to: string) => [
      '-s',
      join(import.meta.dirname, '../federation/request.lua'),
      to,
      '--',
      body,
      'same',
    ];
    assert.deepEqual(await answerOf(`${url}/bff/graphql`), await answerOf(`http://127.0.0.1:${peerPort}/`));
    const standings = await inRounds(
      [
        { name: 'REST dashboard', program: ours, args: authorized(`${url}/bff/dashboard`) },
        { name: 'one proxied call', program: ours, args: authorized(`${url}/users/42`) },
        { name: 'GraphQL dashboard', program: ours, args: post(`${url}/bff/graphql`) },
        { name: 'Apollo Server by hand', program: peer, args: post(`http://127.0.0.1:${peerPort}/`) },
      ],
      { rounds, seconds: ROUND_S },
    );
    return {
      title: `A dashboard of three REST parts, ${rounds} rounds of ${ROUND_S} s each`,
      measures: standings.map(measureOf),
      notes: notesOn(standings),
    };
  } finally {
    for (const program of programs) await program.stop();
    rmSync(directory, { recursive: true });
  }
}

async function answerOf(url: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', 'x-api-key': KEY };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) });
  const answer: unknown = await response.json();
  assert.ok(
    typeof answer === 'object' && answer !== null && 'data' in answer && !('errors' in answer),
    JSON.stringify(answer),
  );
  return answer.data;
}

/** Round by round, because what else the machine does meets all of one round alike. */
function notesOn([rest, proxied, graphql, peer]: readonly Standing[]): string[] {
  if (!rest || !proxied || !graphql || !peer) return [];
  const times = ({ ratio: [low, median, high] }: Standing) =>
    `${median.toFixed(2)} times (half of the rounds ${low.toFixed(2)} – ${high.toFixed(2)})`;
  return [
    `the REST dashboard costs ${(1 / proxied.ratio[1]).toFixed(2)} times one proxied call (${(1 / proxied.ratio[2]).toFixed(2)} – ${(1 / proxied.ratio[0]).toFixed(2)})`,
    `its GraphQL face costs ${times(graphql)} the REST face`,
    `Apollo Server with RESTDataSource costs ${times(peer)} the REST face, ${(peer.cpuMicros / graphql.cpuMicros).toFixed(2)} times the GraphQL face`,
  ];
}

/** What the demo's own dashboards send to one and the same person. */
async function bytes(): Promise<Comparison> {
  const stack = await startStack({ name: 'bench-dashboards', apart: true });
  try {
    const token = await stack.token({ sub: SUBJECT });
    const sizeOf = async (path: string) => {
      const response = await fetch(`${stack.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('frontdesk-incomplete'), null);
      return (await response.arrayBuffer()).byteLength;
    };
    const [mobile, web] = [await sizeOf('/mobile/dashboard'), await sizeOf('/web/dashboard')];
    return {
      title: "Bytes of the demo's dashboards, uncompressed",
      measures: [],
      notes: [`mobile ${mobile}, web ${web}: ${(mobile / web).toFixed(3)} of it`],
    };
  } finally {
    await stack.close();
  }
}

/**
 * Who the client is, through a primary and its workers as in one process: its certificate, the address that a balancer names, the
 * one that a trusted proxy names; who may come, and a bucket for each address, by it. And the primary itself: thousands of
 * connections, whole, half open or broken off, leave nothing behind in it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as secure } from 'node:tls';
import { makeCertificates } from '../docs/certificates.ts';
import { type GatewayProcess, startGateway } from '../stack/gateway-process.ts';
import { freePorts } from '../stack/ports.ts';
import { Inspector } from './rig/inspector.ts';

/** Connections from here are a balancer's, and begin with a line of its; those from 127.0.0.1 are probes. */
const BALANCER = '127.0.0.2';
const POLL_MS = 50;
const WITHIN_MS = 60_000;
const ROUNDS = 5;
const AT_ONCE = 100;
/** So often as many connections come again. What is not compiled yet comes with the first; what is kept comes with each. */
const SERIES = 2;
/** After a collection: half a kilobyte for each connection, of which one that is kept takes several. */
const MAX_GROWTH_BYTES = ROUNDS * AT_ONCE * 512;

const certs = makeCertificates('primary-clients', 'clients', {
  gateway: 'DNS:localhost,IP:127.0.0.1',
  acme: 'URI:spiffe://example/acme',
  nobody: 'URI:spiffe://example/nobody',
});
const pem = (name: string): Buffer => readFileSync(join(certs, name));
const backend = createServer(({ headers }, response) =>
  response.end(`${headers['x-consumer-id'] ?? 'nobody'} at ${headers['x-forwarded-for']}`),
);
before(async () => void (await once(backend.listen(0, '127.0.0.1'), 'listening')));
after(() => {
  backend.closeAllConnections();
  backend.close();
});

interface Asked {
  /** What the balancer says of the connection; none without a balancer. */
  readonly from?: string;
  readonly certificate?: 'acme' | 'nobody';
  /** `X-Forwarded-For`. */
  readonly forwarded?: string;
}

async function started(workers: number): Promise<GatewayProcess> {
  const [port = 0, adminPort = 0] = await freePorts(2);
  const address = backend.address();
  assert.ok(typeof address === 'object' && address);
  const route = (path: string, more: object) => ({
    match: { path },
    to: { upstream: 'here' },
    auth: 'none',
    limit: 'unlimited',
    ...more,
  });
  const config = {
    listen: {
      host: '127.0.0.1',
      port,
      tls: { cert: 'gateway.pem', key: 'gateway.key', clientCa: 'ca.pem', clientAuth: 'request' },
      proxyProtocol: { addresses: [BALANCER] },
      trustedProxies: { addresses: ['10.0.0.0/8'] },
      drain: { announce: '0ms', idle: '50ms', grace: '2s' },
    },
    admin: { port: adminPort },
    workers: { count: workers, startWithin: '2m', silence: '60s' },
    shedding: 'off',
    limits: { mode: 'exact' },
    telemetry: { accessLog: { enabled: false } },
    auth: { mtls: {} },
    plans: { partners: { limit: 'unlimited', default: true } },
    consumers: [{ id: 'acme', plan: 'partners', certificates: [{ san: { uri: 'spiffe://example/acme' } }] }],
    upstreams: { here: { url: `http://127.0.0.1:${address.port}` } },
    routes: [
      route('/who', { auth: ['mtls'] }),
      route('/open', {}),
      route('/office', { ip: { allow: ['203.0.113.0/24'] } }),
      route('/few', { limit: { capacity: 3, refill: '1/h', per: 'address' } }),
    ],
  };
  const configPath = join(certs, `gateway-${workers}.yaml`);
  writeFileSync(configPath, JSON.stringify(config));
  return startGateway({
    configPath,
    port,
    adminPort,
    secure: true,
    nodeOptions: ['--inspect-port=127.0.0.1:0'],
  });
}

/** A connection as the balancer opens it. */
async function opened(gateway: GatewayProcess, from: string | undefined): Promise<Socket> {
  const port = Number(new URL(gateway.url).port);
  const local = from === undefined ? {} : { localAddress: BALANCER };
  const socket = connect({ host: '127.0.0.1', port, ...local });
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (from !== undefined) socket.write(`PROXY TCP4 ${from} 127.0.0.1 40000 443\r\n`);
  return socket;
}

/** The status, and what the backend was told where it was asked. */
async function ask(gateway: GatewayProcess, path: string, asked: Asked): Promise<string> {
  const { from, certificate, forwarded } = asked;
  const own = certificate ? { cert: pem(`${certificate}.pem`), key: pem(`${certificate}.key`) } : {};
  const socket = await opened(gateway, from);
  const wire = secure({ socket, ca: pem('ca.pem'), servername: 'localhost', ...own });
  const field = forwarded === undefined ? '' : `x-forwarded-for: ${forwarded}\r\n`;
  wire.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${field}\r\n`);
  let text = '';
  for await (const chunk of wire) text += chunk;
  const status = text.slice(9, 12);
  return status === '200' ? `200 ${/\w+ at [\d., ]+/.exec(text)?.[0]}` : status;
}

const CASES: readonly (readonly [path: string, asked: Asked, answer: string])[] = [
  ['/who', { from: '203.0.113.9', certificate: 'acme' }, '200 acme at 203.0.113.9'],
  ['/who', { certificate: 'acme' }, '200 acme at 127.0.0.1'],
  ['/who', { from: '203.0.113.9' }, '401'],
  ['/who', { from: '203.0.113.9', certificate: 'nobody' }, '401'],
  ['/office', { from: '203.0.113.9' }, '200 nobody at 203.0.113.9'],
  ['/office', { from: '198.51.100.1' }, '403'],
  ['/office', {}, '403'],
  ['/office', { from: '10.0.0.1', forwarded: '6.6.6.6, 203.0.113.9' }, '200 nobody at 203.0.113.9, 10.0.0.1'],
  ['/office', { from: '198.51.100.1', forwarded: '203.0.113.9' }, '403'],
  ['/office', { forwarded: '203.0.113.9' }, '403'],
  ['/few', { from: '192.0.2.1' }, '200 nobody at 192.0.2.1'],
  ['/few', { from: '192.0.2.1' }, '200 nobody at 192.0.2.1'],
  ['/few', { from: '10.0.0.1', forwarded: '192.0.2.1' }, '200 nobody at 192.0.2.1, 10.0.0.1'],
  ['/few', { from: '192.0.2.1' }, '429'],
  ['/few', { from: '10.0.0.1', forwarded: '192.0.2.1' }, '429'],
  ['/few', { from: '192.0.2.2' }, '200 nobody at 192.0.2.2'],
];

for (const workers of [1, 2]) {
  describe(workers === 1 ? 'in one process' : 'behind a primary', { timeout: 300_000 }, () => {
    let gateway: GatewayProcess;
    before(async () => {
      gateway = await started(workers);
    });
    after(() => gateway?.stop());

    test('the client is who its certificate, its balancer and its trusted proxy say', async () => {
      const answers: string[] = [];
      for (const [path, asked] of CASES) answers.push(await ask(gateway, path, asked));
      assert.deepEqual(
        answers,
        CASES.map(([, , answer]) => answer),
      );
    });

    if (workers > 1) test('nothing stays of connections that come and go', () => churned(gateway));
  });
}

interface PrimaryView {
  readonly waitingConnections: number;
  readonly workers: readonly {
    readonly state: string;
    readonly restarts: number;
    readonly connections: number;
  }[];
}

/** How many descriptors a primary has, once nobody has a connection. */
async function atRest({ adminUrl, pid, output }: GatewayProcess): Promise<number> {
  const end = performance.now() + WITHIN_MS;
  for (;;) {
    const view: PrimaryView = JSON.parse(await (await fetch(`${adminUrl}/admin/workers`)).text());
    const open = view.workers.reduce((sum, { connections }) => sum + connections, view.waitingConnections);
    assert.deepEqual(
      view.workers.map(({ restarts }) => restarts),
      [0, 0],
      output(),
    );
    if (open === 0) break;
    assert.ok(performance.now() < end, JSON.stringify(view));
    await wait(POLL_MS);
  }
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Those that say no more, and are not gone either. */
const silent = new Set<Socket>();

/** One connection of each kind that clients have. */
const MANNERS: readonly ((gateway: GatewayProcess) => Promise<void>)[] = [
  // Gone at once, by a reset.
  async (gateway) => void (await opened(gateway, undefined)).resetAndDestroy(),
  // Half a line of the balancer, then a reset.
  async (gateway) => {
    const socket = await opened(gateway, '192.0.2.9');
    socket.write('PROXY');
    socket.resetAndDestroy();
  },
  // What is no handshake.
  async (gateway) => {
    const socket = await opened(gateway, '192.0.2.9');
    socket.end('GET / HTTP/1.1\r\n\r\n');
    silent.add(socket);
  },
  // Half open: it says that it sends no more, and waits.
  async (gateway) => {
    const socket = await opened(gateway, undefined);
    socket.end();
    silent.add(socket);
  },
];

/** Its inspector, which opens when it is told. */
async function inspected(gateway: GatewayProcess): Promise<Inspector> {
  gateway.signal('SIGUSR1');
  while (!gateway.output().includes('ws://')) await wait(POLL_MS);
  return Inspector.open(gateway.output());
}

async function churned(gateway: GatewayProcess): Promise<void> {
  const round = async (i: number): Promise<void> => {
    const some = Array.from({ length: AT_ONCE }, (_, at) => MANNERS[at % MANNERS.length]?.(gateway));
    await Promise.all(some);
    // One after the other, and whole.
    assert.equal(await ask(gateway, '/open', { from: `192.0.2.${i}` }), `200 nobody at 192.0.2.${i}`);
  };
  const rounds = async () => {
    for (let i = 1; i <= ROUNDS; i += 1) await round(i);
    for (const socket of silent) socket.resetAndDestroy();
    silent.clear();
    return atRest(gateway);
  };
  await rounds();
  const inspector = await inspected(gateway);
  const files = await atRest(gateway);
  let heap = await inspector.heapBytes();
  const grew: number[] = [];
  while (grew.length < SERIES) {
    const later = await rounds();
    assert.ok(later <= files, `descriptors: ${files}, then ${later}`);
    const bytes = await inspector.heapBytes();
    grew.push(bytes - heap);
    heap = bytes;
  }
  inspector.close();
  assert.ok(Math.min(...grew) < MAX_GROWTH_BYTES, `the primary grew by ${grew.join(', ')} bytes`);
}

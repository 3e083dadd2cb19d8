import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import type { GatewayOptions, Running } from '../running.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { toWorker, type WorkerOrder } from '../workers/link.ts';
import { serveWorker } from './serve-worker.ts';
import { recordedTerminal } from './testing.fixture.ts';

class HandEnd extends EventEmitter {
  readonly sent: Record<string, unknown>[] = [];
  connected = true;

  send(message: object): boolean {
    this.sent.push({ ...message });
    this.emit('sent');
    return true;
  }

  disconnect(): void {
    this.connected = false;
  }
}

class HandSignals extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

const order: WorkerOrder = {
  worker: 2,
  workers: 3,
  place: { host: 'h', port: 4000 },
  adminSocket: '/run/2-1.sock',
  version: { number: 1, digest: 'd', source: 'start', at: 0 },
  bundle: undefined,
};

function setUp(startGateway?: () => Promise<Running>) {
  const [end, signals, terminal] = [new HandEnd(), new HandSignals(), recordedTerminal()];
  const started: GatewayOptions[] = [];
  const prepared: GatewayOptions[] = [];
  let announced: number | undefined;
  const running: Running = {
    addresses: { public: { host: 'h', port: 4000 }, admin: undefined },
    replace: () => Promise.reject(new Error('not asked for')),
    prepare: async (options) => {
      prepared.push(options);
      return { commit: async () => {}, abandon: async () => {} };
    },
    listening: { public: undefined, admin: undefined },
    requestsInFlight: 3,
    telemetry: { logger: noLogger, meter: createMetrics({ process: false }) },
    notReady: () => ['no keys yet'],
    holds: () => false,
    drain: async (announceMs) => {
      announced = announceMs;
    },
  };
  const application = {
    startGateway: (options: GatewayOptions) => {
      started.push(options);
      return startGateway ? startGateway() : Promise.resolve(running);
    },
  };
  const flags = { supergraph: './s.graphql' };
  const done = serveWorker(flags, terminal, signals, application, end);
  const said = async (holds: (message: Record<string, unknown>) => boolean): Promise<void> => {
    while (!end.sent.some(holds)) await new Promise((resolve) => end.once('sent', resolve));
  };
  return { end, signals, terminal, started, prepared, done, said, announced: () => announced };
}

test('it serves what it is told, says so, and goes when it is told to, having announced nothing', async () => {
  const { end, signals, started, done, said, announced } = setUp();
  end.emit('message', toWorker({ kind: 'begin', order }));
  await said(({ ready }) => ready === true);
  const [options] = started;
  assert.equal(options?.place?.workers, 3);
  assert.equal(options?.place?.adminSocket, '/run/2-1.sock');
  assert.deepEqual(options?.place?.notReady?.(), []);
  await said(({ status }) => /no keys yet/.test(JSON.stringify(status)));
  end.emit('message', toWorker({ kind: 'announce' }));
  assert.deepEqual(options?.place?.notReady?.(), ['draining']);
  // Somebody else's word is asked about first.
  signals.emit('SIGTERM');
  await said(({ kind }) => kind === 'leave');
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR2']) signals.emit(signal);
  end.emit('message', toWorker({ kind: 'drain' }));
  assert.equal(await done, 0);
  assert.deepEqual([announced(), end.connected, signals.exits], [0, false, []]);
});

test('what it is to take over is read as the command line says, and every fault is told', async () => {
  const { end, prepared, done, said } = setUp();
  end.emit('message', toWorker({ kind: 'begin', order }));
  await said(({ ready }) => ready === true);
  end.emit('message', toWorker({ kind: 'prepare', id: 1, served: order }));
  await said(({ kind, id, fault }) => kind === 'prepared' && id === 1 && fault === undefined);
  assert.equal(prepared.length, 1);
  const bundle = { file: '/etc/f.yaml', texts: { '/etc/f.yaml': 'listen: { prot: 1 }\n' } };
  end.emit('message', toWorker({ kind: 'prepare', id: 2, served: { ...order, bundle } }));
  await said(({ kind, id, fault }) => kind === 'prepared' && id === 2 && typeof fault === 'string');
  end.emit('disconnect');
  assert.equal(await done, 0);
});

test('one that cannot start says why and ends with 1, and one whose primary is gone before it begins ends well', async () => {
  const broken = setUp(() => Promise.reject(new Error('a key is missing')));
  broken.end.emit('message', toWorker({ kind: 'begin', order }));
  assert.equal(await broken.done, 1);
  assert.match(broken.terminal.stderr(), /A worker did not start: a key is missing/);
  const alone = setUp();
  alone.end.emit('disconnect');
  assert.equal(await alone.done, 0);
  assert.deepEqual(alone.started, []);
});

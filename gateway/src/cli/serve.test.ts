import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { noLogger } from '../core/log.ts';
import type { GatewayOptions } from '../running.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { HandSignals } from './hand-signals.fixture.ts';
import { openReloads } from './reloading.ts';
import { serve } from './serve.ts';
import { type RecordedTerminal, recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-serve-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'frontdesk.yaml');
writeFileSync(file, 'listen: { host: 127.0.0.1, port: 4000 }\n');

/** Waits until it was said. */
async function told(terminal: RecordedTerminal, words: RegExp): Promise<void> {
  while (!words.test(terminal.stderr())) await new Promise(setImmediate);
}

function application() {
  const drained = Promise.withResolvers<void>();
  const started = Promise.withResolvers<GatewayOptions>();
  const replaced: GatewayOptions[] = [];
  return {
    drained,
    replaced,
    started: started.promise,
    startGateway: async (options: GatewayOptions) => {
      started.resolve(options);
      return {
        addresses: { public: { host: '::1', port: 4000 }, admin: undefined },
        replace: async (next: GatewayOptions) => {
          if (next.config.listen.port === 1) throw new Error('two routes take the same requests');
          replaced.push(next);
        },
        prepare: () => Promise.reject(new Error('not asked for')),
        listening: { public: undefined, admin: undefined },
        requestsInFlight: 0,
        telemetry: { logger: noLogger, meter: createMetrics({ maxSeries: 100 }) },
        notReady: () => [],
        holds: (error: unknown) => error instanceof RangeError,
        drain: () => drained.promise,
      };
    },
  };
}

test('a signal drains and ends with 0; a second one ends at once', async () => {
  const signals = new HandSignals();
  const terminal = recordedTerminal();
  const app = application();
  const done = serve({ config: file }, terminal, signals, app);
  await told(terminal, /Frontdesk serves/);
  signals.send('SIGTERM');
  assert.deepEqual(signals.exits, []);
  signals.send('SIGINT');
  assert.deepEqual(signals.exits, [130]);
  app.drained.resolve();
  assert.equal(await done, 0);
  assert.match(terminal.stderr(), /Frontdesk serves http:\/\/\[::1\]:4000\nSIGTERM: finishing/);
});

test('SIGHUP takes over what the file says now, and what is wrong with it changes nothing', async () => {
  const changing = join(folder, 'changing.yaml');
  const write = (text: string) => writeFileSync(changing, text);
  write('listen: { port: 4000 }\n');
  const signals = new HandSignals();
  const terminal = recordedTerminal();
  const app = application();
  const done = serve({ config: changing }, terminal, signals, app);
  await told(terminal, /Frontdesk serves/);
  let hangUps = 0;
  const hangUp = async (text: string): Promise<void> => {
    write(text);
    signals.send('SIGHUP');
    hangUps += 1;
    await told(terminal, new RegExp(`(SIGHUP: [^]*){${hangUps}}`));
  };
  await hangUp('telemetry: { level: warn }\n');
  assert.equal(app.replaced[0]?.config.telemetry.level, 'warn');
  await hangUp('telemetry: { level: loud }\n');
  await hangUp('listen: { port: 1 }\n');
  assert.equal(app.replaced.length, 1);
  assert.match(
    terminal.stderr(),
    /the new configuration serves; changes of telemetry take effect at the next start\n.*telemetry\.level[\s\S]*the old configuration goes on\n/,
  );
  assert.match(terminal.stderr(), /the old configuration goes on: two routes take the same requests/);
  signals.send('SIGTERM');
  app.drained.resolve();
  assert.equal(await done, 0);
});

test('SIGHUP names what only a start takes over, and nothing where that is as it was', async () => {
  const moved = join(folder, 'moved.yaml');
  writeFileSync(moved, 'listen: { host: 127.0.0.1, port: 4000 }\n');
  const [signals, terminal, app] = [new HandSignals(), recordedTerminal(), application()];
  const done = serve({ config: moved }, terminal, signals, app);
  await told(terminal, /Frontdesk serves/);
  writeFileSync(moved, 'listen: { host: 127.0.0.1, port: 4000 }\nzone: a\n');
  signals.send('SIGHUP');
  await told(terminal, /the new configuration serves\n/);
  writeFileSync(moved, 'listen: { host: 127.0.0.1, port: 4002 }\nstate: { redis: "redis://127.0.0.1:1" }\n');
  signals.send('SIGHUP');
  await told(terminal, /serves; changes of listen, state take effect at the next start\n/);
  signals.send('SIGTERM');
  app.drained.resolve();
  assert.equal(await done, 0);
});

test('a gateway that cannot start says why, and ends with 1', async () => {
  const terminal = recordedTerminal();
  const code = await serve({ config: file }, terminal, new HandSignals(), {
    startGateway: () => Promise.reject(new Error('port 4000 is already in use')),
  });
  assert.equal(code, 1);
  assert.match(terminal.stderr(), /did not start: port 4000 is already in use/);
});

test('with nothing but its own patience to wait for, a starting gateway stays: here for keys that cannot be had', async () => {
  const lonely = join(folder, 'lonely.yaml');
  // Nothing listens at port 1, and until the tries are over nothing but timers is left to this process.
  writeFileSync(
    lonely,
    `listen: { host: 127.0.0.1, port: 0 }\nadmin: { host: 127.0.0.1, port: 0 }\nauth: { jwt: { issuer: "http://127.0.0.1:1", audience: a, jwksUri: "http://127.0.0.1:1/jwks" } }\n`,
  );
  const main = join(import.meta.dirname, '../main.ts');
  const gateway = spawn(process.execPath, [main, 'serve', '-c', lonely], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(gateway, 'exit');
  let said = '';
  gateway.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (/serves/.test(chunk)) gateway.kill('SIGTERM');
    said += chunk;
  });
  const [code] = await exited;
  assert.match(said, /Frontdesk serves http:/);
  assert.equal(code, 0);
});

test('a signal while it starts ends it at once', async () => {
  const signals = new HandSignals();
  const terminal = recordedTerminal();
  const starting = Promise.withResolvers<void>();
  void serve({ config: file }, terminal, signals, {
    startGateway: () => {
      starting.resolve();
      return new Promise(() => {});
    },
  });
  await starting.promise;
  signals.send('SIGTERM');
  assert.deepEqual(signals.exits, [0]);
  assert.match(terminal.stderr(), /SIGTERM: ending before anything was served/);
});

test('draining that fails ends all the same', async () => {
  const signals = new HandSignals();
  const app = application();
  const terminal = recordedTerminal();
  const done = serve({ config: file }, terminal, signals, app);
  await told(terminal, /Frontdesk serves/);
  signals.send('SIGINT');
  app.drained.reject(new Error('stuck'));
  assert.equal(await done, 0);
  assert.match(terminal.stderr(), /draining failed: stuck/);
});

test('a process id that cannot be written leaves nothing that serves', async () => {
  const nowhere = join(folder, 'nowhere.yaml');
  writeFileSync(nowhere, 'pidFile: /no/such/folder/frontdesk.pid\n');
  const [terminal, app] = [recordedTerminal(), application()];
  app.drained.resolve();
  let drained = 0;
  const startGateway = async (options: GatewayOptions) => {
    const running = await app.startGateway(options);
    return {
      ...running,
      drain: () => {
        drained += 1;
        return running.drain();
      },
    };
  };
  assert.equal(await serve({ config: nowhere }, terminal, new HandSignals(), { startGateway }), 1);
  assert.equal(drained, 1);
  assert.match(terminal.stderr(), /The gateway did not start: .*frontdesk\.pid/);
});

test('a faulty configuration starts nothing', async () => {
  const faulty = join(folder, 'faulty.yaml');
  writeFileSync(faulty, 'listen: { prot: 1 }\n');
  const terminal = recordedTerminal();
  const app = application();
  assert.equal(await serve({ config: faulty }, terminal, new HandSignals(), app), 1);
  assert.match(terminal.stderr(), /faulty.yaml:1:11: listen.prot: unknown key/);
});

test('what the command line says stands over the file', () => {
  const opened = openReloads({ config: file, port: 5000, host: '::1' }, recordedTerminal());
  assert.equal(opened?.begun.config.listen.port, 5_000);
  assert.equal(opened?.begun.config.listen.host, '::1');
  assert.equal(opened?.reloads.folder, folder);
  assert.throws(
    () => openReloads({ config: file, supergraph: 'x' }, recordedTerminal()),
    /no section "graph"/,
  );
});

test('a supergraph alone is served without a file', () => {
  const opened = openReloads({ supergraph: './s.graphql', port: 5000 }, recordedTerminal());
  assert.deepEqual(opened?.begun.config.graph?.supergraph, { file: resolve('s.graphql'), watch: true });
  assert.equal(opened?.begun.config.listen.port, 5_000);
});

test('an error that nobody waits for ends the process, unless it is of a BFF', async () => {
  const [signals, terminal, app] = [new HandSignals(), recordedTerminal(), application()];
  const done = serve({ config: file }, terminal, signals, app);
  await told(terminal, /Frontdesk serves/);
  for (const event of ['unhandledRejection', 'uncaughtException'])
    signals.send(event, new RangeError('held'));
  assert.deepEqual(signals.exits, []);
  signals.send('unhandledRejection', new TypeError('ours'));
  assert.deepEqual(signals.exits, [1]);
  assert.match(terminal.stderr(), /an error that nobody handles: TypeError: ours/);
  signals.send('SIGTERM');
  app.drained.resolve();
  assert.equal(await done, 0);
});

test('a process that a gateway runs for a BFF says when it serves, and goes when it is alone', async () => {
  const [signals, app] = [new HandSignals(), application()];
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const order = {
    package: './own.mjs',
    mount: '/web',
    socket: join(folder, 'web.sock'),
    anonymous: false,
    identity: { issuer: 'frontdesk', audience: 'web', keys: { keys: [{ kty: 'OKP', crv: 'Ed25519', x }] } },
  };
  const own = join(folder, 'own.yaml');
  writeFileSync(join(folder, 'own.mjs'), '');
  writeFileSync(own, 'bffs: [{ package: ./own.mjs, mount: /a }]\n');
  const terminal = recordedTerminal({ FRONTDESK_BFF_PROCESS: JSON.stringify(order) });
  const sent: object[] = [];
  let lose = (): void => {};
  let left = 0;
  const channel = {
    send: (message: object) => sent.push(message) > 0,
    on: () => {},
    once: (_event: 'disconnect', listener: () => void) => {
      lose = listener;
    },
    disconnect: () => {
      left += 1;
    },
  };
  const done = serve({ config: own }, terminal, signals, app, channel);
  const { config } = await app.started;
  assert.deepEqual([config.listen.socket, config.bffs[0]?.mount], [order.socket, '/web']);
  await told(terminal, /Frontdesk serves BFF web/);
  assert.deepEqual([sent, left], [[{ frontdesk: 'process', ready: true, facts: {} }], 0]);
  lose();
  app.drained.resolve();
  assert.equal(await done, 0);
  assert.equal(left, 1, 'nothing keeps it alive');

  // One that never serves must not be kept alive either.
  writeFileSync(own, 'bffs: []\n');
  assert.equal(await serve({ config: own }, terminal, new HandSignals(), application(), channel), 1);
  assert.equal(left, 2);
});

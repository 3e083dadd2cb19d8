/**
 * A real DNS server, dnsmasq, on a port of its own: authoritative for `test`, with the addresses of a file that it reads
 * again on a signal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export const DNS_PROGRAM = process.env.FRONTDESK_TEST_DNSMASQ;
export const NO_DNS = DNS_PROGRAM === undefined ? 'needs dnsmasq: run it by npm test' : false;

export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly server: string;
  /** Addresses by name from now on. */
  set(hosts: Readonly<Record<string, readonly string[]>>): Promise<void>;
  /** It keeps its port and is silent. */
  freeze(): void;
  thaw(): void;
}

/** One that is free for datagrams and for connections: the server takes both. */
async function freePort(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (isFree) await new Promise((resolve) => server.close(resolve));
    socket.close();
    if (isFree) return port;
  }
}

export interface DnsServerOptions {
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  readonly ttlS: number;
  /** `_http._tcp.x.test,target,port,priority,weight`. */
  readonly srv?: readonly string[];
}

export async function dnsServer(
  t: TestContext,
  { hosts, ttlS, srv = [] }: DnsServerOptions,
): Promise<DnsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-dns-'));
  const file = join(folder, 'hosts');
  const write = (all: DnsServerOptions['hosts']): void => {
    const lines = Object.entries(all).flatMap(([name, addresses]) =>
      addresses.map((one) => `${one} ${name}\n`),
    );
    writeFileSync(file, lines.join(''));
  };
  write(hosts);
  const port = await freePort();
  const child = spawn(
    DNS_PROGRAM ?? 'dnsmasq',
    [
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      `--port=${port}`,
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      '--no-resolv',
      '--no-hosts',
      `--addn-hosts=${file}`,
      '--local=/test/',
      `--local-ttl=${ttlS}`,
      '--log-facility=-',
      `--pid-file=${join(folder, 'pid')}`,
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
      ...srv.map((one) => `--srv-host=${one}`),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  await says(child, /read .*hosts/);
  return {
    server: `127.0.0.1:${port}`,
    set: async (all) => {
      write(all);
      const read = says(child, /read .*hosts/);
      child.kill('SIGHUP');
      await read;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

/** Resolves when the log says it; rejects where the server ends instead. */
function says(child: ChildProcess, pattern: RegExp): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let text = '';
  const read = (chunk: Buffer): void => {
    text += chunk;
    if (pattern.test(text)) {
      child.stderr?.off('data', read);
      resolve();
    }
  };
  child.stderr?.on('data', read);
  child.once('exit', () => reject(new Error(`dnsmasq ended: ${text}`)));
  return promise;
}

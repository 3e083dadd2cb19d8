/** `node src/main.ts [service…] [--port N] [--host H]`: starts all services, or those named. */
import { parseArgs } from 'node:util';
import { type RunningService, SERVICE_NAMES, type ServiceName, startService, World } from './index.ts';
import { isServiceName, SERVICES } from './services.ts';

const USAGE = `usage: node src/main.ts [service…] [--port N] [--host H]
services: ${SERVICE_NAMES.join(', ')}
--port is for a single service; without it each has its port of the demo.`;

class UsageError extends Error {}

interface Command {
  readonly names: readonly ServiceName[];
  readonly port: number | undefined;
  readonly host: string;
}

function readCommand(args: string[]): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { port: { type: 'string' }, host: { type: 'string', default: '127.0.0.1' } },
  });
  const unknown = positionals.find((name) => !isServiceName(name));
  if (unknown !== undefined) throw new UsageError(`no service is called '${unknown}'`);
  const named = positionals.filter(isServiceName);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new UsageError(`--port must be from 0 to 65535, not '${values.port}'`);
  }
  if (port !== undefined && named.length !== 1) throw new UsageError('--port is for a single service');
  return { names: named.length > 0 ? named : SERVICE_NAMES, port, host: values.host };
}

function describe(error: unknown, name: ServiceName, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `port ${port}, which ${name} listens on, is taken: stop what holds it, or choose another: ${name} --port N`;
  }
  return `${name} could not start: ${error instanceof Error ? error.message : String(error)}`;
}

async function main(): Promise<void> {
  const { names, port, host } = readCommand(process.argv.slice(2));
  const running: RunningService[] = [];
  const world = new World();
  const stop = (exitCode: number) => {
    void Promise.all(running.map((service) => service.close())).finally(() => process.exit(exitCode));
  };
  process.once('SIGTERM', () => stop(0));
  process.once('SIGINT', () => stop(0));
  for (const name of names) {
    const wanted = port ?? SERVICES[name].port;
    try {
      const service = await startService(name, { port: wanted, host, world });
      running.push(service);
      console.log(`${name.padEnd(16)} ${service.url}`);
    } catch (error) {
      console.error(`error: ${describe(error, name, wanted)}`);
      stop(1);
      return;
    }
  }
}

try {
  await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}

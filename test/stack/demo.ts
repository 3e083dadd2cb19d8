/**
 * `npm start`: the backends, the identity provider and the gateway with both BFFs, on the ports that
 * `frontdesk.yaml` names, or on those ports moved by `--port-shift N`. Whatever ends this process ends the rest.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SERVICE_NAMES, startService, World } from '@frontdesk/subgraphs-mock';
import { ROOT, writeConfig } from './config.ts';
import { GatewayFailed, type GatewayProcess, startGateway } from './gateway-process.ts';
import { isTaken, PORT_NAMES, type Ports, shiftedPorts } from './ports.ts';
import { samples, screen } from './screen.ts';
import { demoToken } from './tokens.ts';

const TOKEN_LIFETIME_S = 86_400;
const GRACE_MS = 25_000;
const PARENT_CHECK_MS = 500;
const HIGHEST_PORT = 65_535;

class DemoError extends Error {}

/** What there is to end, in the order in which it must end. */
const endings: (() => Promise<void> | void)[] = [];
let stopping: Promise<void> | undefined;
/** Until then the gateway's words are kept back, to be shown only if it fails. */
let screenIsUp = false;

function stop(exitCode: number): Promise<void> {
  stopping ??= (async () => {
    for (const end of endings.reverse()) await end();
    process.exit(exitCode);
  })();
  return stopping;
}

function readShift(args: string[]): number {
  const { values } = parseArgs({ args, options: { 'port-shift': { type: 'string', default: '0' } } });
  const shift = Number(values['port-shift']);
  const ports = shiftedPorts(shift);
  if (!Number.isInteger(shift) || PORT_NAMES.some((name) => ports[name] < 1 || ports[name] > HIGHEST_PORT)) {
    throw new DemoError(
      `--port-shift must leave every port between 1 and ${HIGHEST_PORT}, not ${values['port-shift']}`,
    );
  }
  return shift;
}

async function refuseTakenPorts(ports: Ports): Promise<void> {
  for (const name of PORT_NAMES) {
    if (await isTaken(ports[name])) {
      throw new DemoError(
        `port ${ports[name]}, for ${name}, is taken: stop what holds it, or move all ports: npm start -- --port-shift 1000`,
      );
    }
  }
}

function startGatewayUnderWatch(shift: number, ports: Ports): Promise<GatewayProcess> {
  const configPath = shift === 0 ? join(ROOT, 'frontdesk.yaml') : writeConfig('demo', ports);
  return startGateway({
    configPath,
    port: ports.gateway,
    adminPort: ports.admin,
    onOutput: (chunk) => screenIsUp && process.stdout.write(chunk),
    onSpawn: (gateway) => endings.push(() => gateway.stop(GRACE_MS)),
  });
}

/** npm may be killed without passing the signal on; then this process has another parent. */
function stopWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => process.ppid !== parent && void stop(1), PARENT_CHECK_MS);
  timer.unref();
}

async function main(): Promise<void> {
  const shift = readShift(process.argv.slice(2));
  const ports = shiftedPorts(shift);
  await refuseTakenPorts(ports);
  const world = new World();
  await Promise.all(
    SERVICE_NAMES.map(async (name) => {
      const service = await startService(name, { port: ports[name], world });
      endings.push(() => service.close());
    }),
  );
  const gateway = await startGatewayUnderWatch(shift, ports);
  void gateway.exited.then(async (code) => {
    if (stopping) return;
    console.error(
      `The gateway ended by itself (${code === undefined ? 'by a signal' : `exit code ${code}`}).`,
    );
    await stop(1);
  });
  const idp = `http://127.0.0.1:${ports.idp}`;
  const mobile = await demoToken(idp, { sub: '42', client: 'mobile-app', expiresInS: TOKEN_LIFETIME_S });
  const web = await demoToken(idp, { sub: '42', client: 'web-app', expiresInS: TOKEN_LIFETIME_S });
  process.stdout.write(screen(ports, samples(ports, { mobile, web })));
  screenIsUp = true;
}

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
stopWithNpm();
try {
  await main();
} catch (error) {
  if (!stopping) {
    const known = error instanceof DemoError || error instanceof GatewayFailed;
    console.error(`error: ${known ? error.message : error instanceof Error ? error.stack : String(error)}`);
  }
  await stop(1);
}

/**
 * The packages as strangers get them: packed, installed into an empty folder, run by `npx` and checked by `tsc`. One folder
 * goes through it all, as a team's does: the gateway alone comes first, the guide fills it, the other packages come last.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { followGuide } from './guide.ts';

const PACKAGES = ['gateway', 'schema', 'bff-mobile', 'bff-web'];
const CONFIG = `listen: { host: 127.0.0.1, port: 4000 }
auth: { apiKey: { header: x-api-key } }
upstreams:
  users: { url: "http://127.0.0.1:4101" }
  recommendations: { url: "http://127.0.0.1:4102" }
  analytics: { url: "http://127.0.0.1:4103" }
  payments: { url: "http://127.0.0.1:4104" }
  accounts: { subgraph: accounts, url: "http://127.0.0.1:4111" }
  products: { subgraph: products, url: "http://127.0.0.1:4112" }
  orders: { subgraph: orders, url: "http://127.0.0.1:4113" }
  trips: { subgraph: trips, url: "http://127.0.0.1:4114" }
  reviews: { subgraph: reviews, url: "http://127.0.0.1:4115" }
graph: { supergraph: ./node_modules/@frontdesk/schema/supergraph.graphql }
routes:
  - { match: { path: "/users/*" }, to: { upstream: users } }
bffs:
  - { package: "@frontdesk/bff-mobile", mount: /mobile }
  - { package: "@frontdesk/bff-web", mount: /web }
`;
const CONSUMER = `import { defineBff, type PartContext } from '@frontdesk/gateway/bff';
import { definePlugin, z } from '@frontdesk/gateway/plugin';
import mobile from '@frontdesk/bff-mobile';
export const plugin = definePlugin({
  name: 'typed',
  config: z.strictObject({ header: z.string() }),
  place: { after: 'authorize' },
  middleware: ({ header }) => (request, next) => {
    request.headers.set(header, request.path);
    return next();
  },
});
export const same: ReturnType<typeof defineBff> = mobile;
`;

let directory: string;
/** Of the team that gets them: empty at first. */
let team: string;
let tarballs: string;
/**
 * Node 24 first: what the engines of the packages ask for, and what this test runs on. The types of all sources are the run's
 * first check, and what npm has in its cache need not be asked for again.
 */
const env = {
  ...process.env,
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  FRONTDESK_TYPES_CHECKED: '1',
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
};

function npm(cwd: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, env });
  assert.equal(status, 0, `npm ${args.join(' ')}:\n${stdout}${stderr}`);
}

function npx(...args: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('npx', args, { cwd: team, env });
  return { status, output: `${stdout}${stderr}` };
}

before(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'frontdesk-packed-')));
  const copy = join(directory, 'copy');
  tarballs = join(directory, 'tarballs');
  team = join(directory, 'team');
  for (const made of [copy, tarballs, team]) mkdirSync(made);
  // From a copy, for packing replaces package.json for a moment, and others may run in this tree.
  for (const name of [...PACKAGES, 'test/pack', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(copy, name), {
      recursive: true,
      filter: (source) => !/\/(node_modules|dist)$/.test(source),
    });
  }
  linkModules(copy);
  for (const name of PACKAGES)
    npm(join(copy, name), 'pack', '--pack-destination', tarballs, '--loglevel=error');
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** The copy's own packages, and everybody else's as they are installed here. */
function linkModules(copy: string): void {
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@frontdesk'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@frontdesk' && name !== '.cache')
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const name of PACKAGES) {
    symlinkSync(join(copy, name), join(modules, '@frontdesk', name));
    // What npm installed beside one package, because the others have another version of it.
    const own = join(ROOT, name, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(copy, name, 'node_modules'));
  }
}

test('a team that follows the guide literally owns a BFF within fifteen minutes', async (t) => {
  const [gateway = assert.fail('no tarball of the gateway')] = readdirSync(tarballs).filter((name) =>
    name.startsWith('frontdesk-gateway-'),
  );
  const seconds = await followGuide({ folder: team, gateway: join(tarballs, gateway), env });
  t.diagnostic(`the guide took ${seconds.toFixed(0)} s of a machine's time`);
});

describe('the installed packages', () => {
  before(() =>
    npm(team, 'install', '--loglevel=error', ...readdirSync(tarballs).map((name) => join(tarballs, name))),
  );

  test('hold JavaScript and declarations, but no TypeScript and no tests', () => {
    const files = readdirSync(join(team, 'node_modules/@frontdesk'), { recursive: true, encoding: 'utf8' });
    assert.ok(files.includes('gateway/dist/main.js'));
    assert.ok(files.includes('bff-mobile/dist/schema.graphql'));
    assert.deepEqual(
      files.filter((name) => /(?<!\.d)\.ts$|\.test\./.test(name) && !name.includes('node_modules')),
      [],
    );
  });

  test('npx frontdesk --version says the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'gateway/package.json'), 'utf8'));
    const { status, output } = npx('frontdesk', '--version');
    assert.equal(status, 0, output);
    assert.ok(output.includes(version), output);
  });

  test('the gateway brings the GraphiQL page, and not the packages that it was built from', () => {
    for (const name of ['react', 'graphiql']) assert.ok(!existsSync(join(team, 'node_modules', name)), name);
    const module = join(team, 'node_modules/@frontdesk/gateway/dist/handlers/graphiql/page-files.js');
    const script = `const { readPageFiles } = await import(${JSON.stringify(module)});
      console.log((await readPageFiles()).find('graphiql.js').gzipped.length);`;
    const args = ['--input-type=module', '-e', script];
    assert.ok(Number(execFileSync(process.execPath, args, { encoding: 'utf8' })) > 100_000);
  });

  test('npx frontdesk check loads the BFFs and the supergraph of the other packages', () => {
    writeFileSync(join(team, 'frontdesk.yaml'), CONFIG);
    const { status, output } = npx('frontdesk', 'check');
    assert.equal(status, 0, output);
    writeFileSync(join(team, 'frontdesk.yaml'), CONFIG.replace('bff-mobile', 'bff-nobody'));
    assert.equal(npx('frontdesk', 'check').status, 1);
  });

  // The guide's own compiler is TypeScript 7.
  test('their declarations serve a team that writes a BFF of its own with TypeScript 6', () => {
    writeFileSync(join(team, 'consumer.mts'), CONSUMER);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--allowImportingTsExtensions',
      '--skipLibCheck',
      'false',
    ];
    const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
    try {
      execFileSync(process.execPath, [tsc, ...options, ...types, 'consumer.mts', 'shop/src/index.ts'], {
        cwd: team,
        encoding: 'utf8',
      });
    } catch (error) {
      assert.fail(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error));
    }
  });
});

/**
 * The commands and their options, all in one place. Each command's code is loaded when it runs, so that
 * `--version` and `check` need not wait for what only `serve` uses.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { takeWorkerMark } from '../workers/link.ts';
import { DEFAULT_FILE, EXIT_OK, EXIT_USAGE, type Terminal } from './terminal.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** Runs a command line (without `node` and the script) and gives the exit code. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code = EXIT_OK;
  const program = buildProgram(terminal, (given) => {
    code = given;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has written its message; help and the version are no mistakes.
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
  return code;
}

type Done = (code: number) => void;

function buildProgram(terminal: Terminal, done: Done): Command {
  const program = new Command('frontdesk')
    .description('GraphQL federation, BFF aggregation and REST passthrough behind one door')
    .version(version())
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .exitOverride()
    .showHelpAfterError('(frontdesk --help lists commands and options)');
  addServe(program, terminal, done);
  addConfigurationCommands(program, terminal, done);
  addGraphCommands(program, terminal, done);
  addOpenapi(program, terminal, done);
  addBff(program, terminal, done);
  addKeys(program, terminal, done);
  addToken(program, terminal, done);
  return program;
}

function addServe(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('serve')
    .description('serve what the configuration says')
    .option('-c, --config <file>', `the configuration (default: ${DEFAULT_FILE})`)
    .option(
      '--supergraph <file|url>',
      'a supergraph: a file is watched, a URL polled; without --config, serve just its graph, open to anyone',
    )
    .option('-p, --port <number>', 'the public port', port)
    .option('--host <address>', 'the address to listen on')
    .option('--workers <number|auto>', 'processes that serve', workers)
    .option(
      '--last-good <file>',
      'keep the configuration that serves here, for a start on a day when its source is gone (default: FRONTDESK_LAST_GOOD, or in the STATE_DIRECTORY of systemd)',
    )
    .action(async (flags) => {
      const application = await import('../app.ts');
      if (takeWorkerMark()) {
        const { serveWorker } = await import('./serve-worker.ts');
        done(await serveWorker(flags, terminal, process, application, process));
      } else {
        const { serve } = await import('./serve.ts');
        done(await serve(flags, terminal, process, application));
      }
    });
}

function addConfigurationCommands(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('check')
    .description('validate the configuration; every fault with its file, line and column')
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .option('--against <file>', 'the one that serves: says which changes need a restart')
    .action(async (flags) => done(await (await import('./check.ts')).check(flags, terminal)));
  program
    .command('diff')
    .description(
      'what one configuration changes of another, or of what a gateway serves; ends with 1 where it does',
    )
    .argument('<files...>', 'the old one and the new one; with --admin the new one alone')
    .option('--admin <url>', 'the admin port of a running gateway; its token is in FRONTDESK_ADMIN_TOKEN')
    .option('--json', 'as JSON, for programs')
    .action(async (files, flags) => done(await (await import('./diff.ts')).diff(files, flags, terminal)));
  program
    .command('routes')
    .description('print the compiled route table')
    .argument('[route]', 'with --chain: the path of one route, as the table prints it')
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .option('--chain', 'print the steps of each route and upstream, in their order')
    .option('--json', 'as JSON, for programs')
    .action(async (route, flags) => {
      if (flags.chain) done(await (await import('./chain.ts')).chain(route, flags, terminal));
      else done(await (await import('./routes.ts')).routes(flags, terminal));
    });
  program
    .command('match')
    .description('say which route takes a request, and why not the others')
    .argument('<method>', 'such as GET')
    .argument('<url>', 'a path, or a URL with its host')
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .option('-H, --header <name: value>', 'a header field of the request (repeatable)', collect)
    .option(
      '--as <name>',
      'who asks: a consumer (for splits a subject, tenant or address too), and what is decided of it',
    )
    .option('--token <file>', 'a JWT whose claims the caller has; it is not verified')
    .option('--claims <json>', 'the same claims as JSON')
    .option('--address <ip>', "the client's address (default: 127.0.0.1)")
    .option('--ask', 'ask decision points too')
    .option('--all', 'tell routes for other hosts and paths too')
    .option('--json', 'as JSON, for programs')
    .action(async (method, url, flags) => {
      done(await (await import('./match.ts')).match(method, url, flags, terminal));
    });
}

function addGraphCommands(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('plan')
    .description('print the plan of a query, and its cost')
    .argument('<query>', 'a GraphQL document')
    .requiredOption('--supergraph <file|url>', 'the supergraph')
    .option('--operation <name>', 'which operation of the document')
    .option('--variables <json>', 'values of its variables, for conditions and the cost')
    .addOption(new Option('--planner <name>', 'who plans it').choices(['auto', 'hive', 'apollo']))
    .option('--scopes <a,b>', 'what somebody with these scopes may have of it')
    .option('--anonymous', 'what somebody unknown may have of it')
    .action(async (query, flags) => done(await (await import('./plan.ts')).plan(query, flags, terminal)));
  program
    .command('compose')
    .description('compose subgraph schemas into a supergraph')
    .option('--subgraph <name=url=file>', 'a subgraph (repeatable)', collect)
    .option('-f, --file <file>', 'YAML: subgraphs: { name: { url, schema } }')
    .option('-o, --output <file>', 'where to write the supergraph (default: standard output)')
    .action(async (flags) => done(await (await import('./compose.ts')).compose(flags, terminal)));
}

function addOpenapi(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('openapi')
    .description("print the OpenAPI document of the graph's named operations")
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .option('--supergraph <file|url>', 'the supergraph, where the configuration names none to read')
    .action(async (flags) => done(await (await import('./openapi.ts')).openapi(flags, terminal)));
}

function addBff(program: Command, terminal: Terminal, done: Done): void {
  const bff = program.command('bff').description("a frontend team's package");
  bff
    .command('types')
    .description('write the types of a BFF from its backends, the graph and its schema')
    .argument('[folder]', 'the package, with its frontdesk.types.yaml', '.')
    .option('--check', 'write nothing; fail where the files are not what their sources say')
    .action(async (folder, flags) =>
      done(await (await import('./bff-types.ts')).bffTypes(folder, flags, terminal)),
    );
  addBffFaces(bff, terminal, done);
  addBffRecord(bff, terminal, done);
  addBffClient(bff, terminal, done);
  addBffWork(bff, terminal, done);
}

/** What a team works with. */
function addBffWork(bff: Command, terminal: Terminal, done: Done): void {
  bff
    .command('new')
    .description('make a package that works: a screen of two parts, its test, its configuration')
    .argument('<name>', 'its name: small letters, digits and -, such as mobile')
    .option('-d, --dir <folder>', 'where (default: a folder of its name)')
    .option(
      '-u, --upstream <name=document>',
      'a backend, by its OpenAPI document: a file or URL (repeatable)',
      collect,
    )
    .option(
      '--gateway <version|file>',
      'which @frontdesk/gateway it has (default: as this one was installed)',
    )
    .action(async (name, flags) => done(await (await import('./bff-new.ts')).bffNew(name, flags, terminal)));
  bff
    .command('dev')
    .description('serve a BFF alone, anew with each save, and show what becomes of each request')
    .argument('[folder]', 'the package, with its frontdesk.yaml', '.')
    .option('-c, --config <file>', "the configuration (default: the package's frontdesk.yaml)")
    .option('-p, --port <number>', 'the port (default: as the configuration says)', port)
    .option(
      '--page-port <number>',
      'the port of the page with the waterfalls (default: 4400, or a free one)',
      port,
    )
    .option('--fake', 'answer the backends from their OpenAPI documents')
    .option('--no-compiler', "leave out TypeScript's compiler")
    .action(async (folder, flags) =>
      done(await (await import('./bff-dev.ts')).bffDev(folder, flags, terminal, process)),
    );
}

function addBffFaces(bff: Command, terminal: Terminal, done: Done): void {
  bff
    .command('openapi')
    .description("print the OpenAPI document of a BFF's REST face")
    .argument('[package|mount]', 'which BFF of the configuration, where there are several')
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .action(async (name, flags) =>
      done(await (await import('./bff-openapi.ts')).bffOpenapi(name, flags, terminal)),
    );
}

function addBffRecord(bff: Command, terminal: Terminal, done: Done): void {
  bff
    .command('record')
    .description(
      "record what a screen's live backends answer, for its tests, or hold a recording against them",
    )
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .option('--bff <package|mount>', 'which BFF of the configuration, where there are several')
    .option('--screen <field>', 'the screen')
    .option('--input <json>', 'what the caller says')
    .option('--as <who>', 'who asks: a consumer or a subject (default: nobody)')
    .option(
      '--scope <scope>',
      'what the caller may (repeatable; default: all that the screen asks for, or as the plan of a consumer says)',
      collect,
    )
    .option('-o, --out <file>', 'where to write it (default: standard output)')
    .option('--check <file>', 'record nothing: tell where answers have another shape than in this recording')
    .action(async (flags) => done(await (await import('./bff-record.ts')).bffRecord(flags, terminal)));
}

function addBffClient(bff: Command, terminal: Terminal, done: Done): void {
  bff
    .command('client')
    .description('write what app teams build on: a typed client, its GraphQL documents and their manifest')
    .argument('[package|folder]', 'the BFF', '.')
    .requiredOption('-o, --out <folder>', 'where the files are')
    .option('--check', 'write nothing; fail where the files are not what the BFF says')
    .action(async (name, flags) =>
      done(await (await import('./bff-client.ts')).bffClient(name, flags, terminal)),
    );
}

function addKeys(program: Command, terminal: Terminal, done: Done): void {
  const keys = program.command('keys').description('API keys of consumers');
  keys
    .command('create')
    .description('make a key: shown once, with the digest to configure')
    .requiredOption('--id <id>', 'names the key in the configuration: letters, digits, -')
    .option('--consumer <id>', 'the consumer it is for')
    .action(async (flags) => done(await (await import('./keys.ts')).createKey(flags, terminal)));
  keys
    .command('password')
    .description('make a password for Basic authentication: shown once, with the hash to configure')
    .requiredOption('--consumer <id>', 'the consumer it is for')
    .option('--username <name>', "the user name (default: the consumer's id)")
    .action(async (flags) =>
      done(await (await import('./keys-password.ts')).createPassword(flags, terminal)),
    );
  keys
    .command('list')
    .description('list the configured keys, or those that a running gateway knows, with their last use')
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .option('--admin <url>', 'the admin port of a running gateway; its token is in FRONTDESK_ADMIN_TOKEN')
    .action(async (flags) => {
      const { admin } = flags;
      if (admin === undefined) done(await (await import('./keys.ts')).listKeys(flags, terminal));
      else done(await (await import('./keys-admin.ts')).listKnownKeys({ admin }, terminal));
    });
  keys
    .command('rotate')
    .description('make a successor of a key: the old one works on for the overlap')
    .argument('<id>', 'the id of the key')
    .requiredOption('--consumer <id>', 'whose key')
    .option('--new-id <id>', 'the id of the new one (default: k1 → k2)')
    .option('--overlap <duration>', 'how long the old one works on', '7d')
    .requiredOption(
      '--admin <url>',
      'the admin port of a running gateway; its token is in FRONTDESK_ADMIN_TOKEN',
    )
    .action(async (id, flags) =>
      done(await (await import('./keys-admin.ts')).rotateKey(id, flags, terminal)),
    );
  keys
    .command('revoke')
    .description('take a key out of the configuration file')
    .argument('<id>', 'the id of the key')
    .option('-c, --config <file>', 'the configuration', DEFAULT_FILE)
    .option('--consumer <id>', 'whose key, where several consumers have one of that id')
    .action(async (id, flags) => done(await (await import('./keys.ts')).revokeKey(id, flags, terminal)));
}

function addToken(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('token')
    .description('get a token of the demo identity provider')
    .requiredOption('--sub <id>', 'the user')
    .option('--scope <scope>', 'a scope (repeatable; all where none is given)', collect)
    .option('--role <role>', 'a role (repeatable)', collect)
    .option('--tenant <id>', 'the tenant')
    .option('--expires-in <seconds>', 'how long it holds')
    .option('--issuer <url>', 'the identity provider', 'http://127.0.0.1:4100')
    .option('--client <id>', 'the OAuth client', 'demo-cli')
    .option('--client-secret <secret>', 'its secret, where it has one')
    .action(async (flags) => done(await (await import('./token.ts')).token(flags, terminal)));
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535 && text.trim() !== '') return value;
  throw new InvalidArgumentError('expected a port from 0 to 65535');
}

function workers(text: string): number | 'auto' {
  const value = Number(text);
  if (text === 'auto') return text;
  if (Number.isInteger(value) && value >= 1 && value <= 256) return value;
  throw new InvalidArgumentError('expected auto, or a number from 1 to 256');
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(PACKAGE, 'utf8'));
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return known ? String(manifest.version) : 'unknown';
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the literal `${NAME}` is configuration syntax under test
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from './program.ts';
import { recordedTerminal } from './testing.fixture.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-main-'));
const startedIn = process.cwd();
before(() => process.chdir(folder));
after(() => {
  process.chdir(startedIn);
  rmSync(folder, { recursive: true });
});

/** Runs a command line as the shell does: for what the process itself says and ends with. */
function frontdeskProcess(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 300_000,
  });
  return { status, stdout, stderr };
}

/** Runs it in this process, which is started already. */
async function frontdesk(...args: string[]) {
  const terminal = recordedTerminal();
  const status = await run(args, terminal);
  return { status, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

const GOOD = `
auth: { apiKey: {} }
plans: { free: { limit: { capacity: 5, refill: 5/s } } }
upstreams: { users: { url: "http://127.0.0.1:1" } }
routes:
  - { match: { path: "/api/users/*", methods: [GET] }, to: { upstream: users }, scopes: [users:read] }
  - { match: { path: /api/users/me, hosts: [a.example] }, to: { fixed: { body: you } }, auth: none }
`;

test('--version and --help answer on standard output with 0', async () => {
  const version = frontdeskProcess('--version');
  assert.equal(version.status, 0);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  const help = await frontdesk('--help');
  assert.equal(help.status, 0);
  for (const command of ['serve', 'check', 'routes', 'match', 'plan', 'compose', 'keys', 'token']) {
    assert.match(help.stdout, new RegExp(`\\n  ${command} `));
  }
});

test('what is mistyped is refused with the nearest name and 2', async () => {
  const command = frontdeskProcess('chekc');
  assert.equal(command.status, 2);
  assert.match(command.stderr, /unknown command 'chekc'[\s\S]*Did you mean check\?/);
  const option = await frontdesk('check', '--confg', 'x');
  assert.equal(option.status, 2);
  assert.match(option.stderr, /unknown option '--confg'[\s\S]*Did you mean --config\?/);
  const value = await frontdesk('serve', '--port', 'http');
  assert.equal(value.status, 2);
  assert.match(value.stderr, /expected a port from 0 to 65535/);
  assert.equal((await frontdesk('match', 'GET')).status, 2);
  assert.equal((await frontdesk('check', 'surplus')).status, 2);
});

test('a configuration with five different faults: all five, each with its place, and 1', async () => {
  write(
    'five.yaml',
    `listen: { port: 70000 }
workers: sevral
admin: { token: "\${NO_SUCH_VARIABLE_HERE}" }
upstreams: { users: { url: "http://127.0.0.1:1" } }
routes:
  - match: { path: /a, mehtods: [GET] }
    to: { upstream: user }
`,
  );
  const { status, stdout, stderr } = frontdeskProcess('check', '--config', 'five.yaml');
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.deepEqual(stderr.split('\n'), [
    'five.yaml:1:17: listen.port: expected a number of at most 65535, not 70000',
    'five.yaml:2:10: workers: expected "auto", or a number, or a map, not "sevral"',
    'five.yaml:3:17: admin.token: the environment variable NO_SUCH_VARIABLE_HERE is not set: set it, or write ${NO_SUCH_VARIABLE_HERE:-default}',
    'five.yaml:6:24: routes[0].match.mehtods: unknown key "mehtods"; did you mean "methods"?',
    'five.yaml:7:21: routes[0].to.upstream: no upstream is named "user"; did you mean "users"?',
    '',
    '5 faults in five.yaml',
    '',
  ]);
  assert.equal(frontdeskProcess('serve', '--config', 'five.yaml').status, 1);
});

test('check, routes and match on a good one', async () => {
  write('frontdesk.yaml', GOOD);
  const check = frontdeskProcess('check');
  assert.equal(check.status, 0, check.stderr);
  assert.match(check.stdout, /frontdesk.yaml is good: 2 routes, 1 upstream, 1 plan/);
  const routes = await frontdesk('routes');
  assert.equal(routes.status, 0, routes.stderr);
  assert.match(routes.stdout, /GET +\/api\/users\/\* +proxy +users +apiKey +users:read +by plan\n/);
  assert.match(routes.stdout, /any +a.example\/api\/users\/me +fixed +always 200 +none +- +by plan\n/);
  assert.match(routes.stdout, /GET +\/readyz +health/);

  const found = await frontdesk('match', 'get', 'http://b.example/api/users/me?x=1', '--all');
  assert.equal(found.status, 0);
  assert.match(found.stdout, /^GET \/api\/users\/me goes to \/api\/users\/\*: proxy, users\n {2}\* = me\n/);
  assert.match(found.stdout, /a.example\/api\/users\/me: host b.example is not a.example/);
  const byHost = await frontdesk('match', 'GET', '/api/users/me', '-H', 'Host: a.example');
  assert.match(byHost.stdout, /goes to \/api\/users\/me: fixed/);
  const refused = await frontdesk('match', 'PUT', '/api/users/1');
  assert.equal(refused.status, 1);
  assert.match(refused.stdout, /405, Allow: GET, HEAD, OPTIONS/);
  const none = await frontdesk('match', 'GET', '/api/usersX');
  assert.equal(none.status, 1);
  assert.match(none.stdout, /answered 404/);
  const unsafe = await frontdesk('match', 'GET', '/api/%2e%2e/users');
  assert.equal(unsafe.status, 1);
  assert.equal((await frontdesk('match', 'GET', 'nonsense')).status, 2);
});

test('a configuration that is not there', async () => {
  const { status, stderr } = await frontdesk('check', '-c', 'none.yaml');
  assert.equal(status, 1);
  assert.match(stderr, /none.yaml:1:1: the file "none.yaml" cannot be read: there is no such file/);
});

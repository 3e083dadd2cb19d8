// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the literal `${NAME}` is configuration syntax under test
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compose } from './compose.ts';
import { plan } from './plan.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-compose-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])\n';
const users = write(
  'users.graphql',
  `${LINK}type Query { me: User } type User @key(fields: "id") { id: ID! name: String }`,
);
const orders = write('orders.graphql', `${LINK}type User @key(fields: "id") { id: ID! orders: [ID!] }`);

test('subgraphs become a supergraph that plans', async () => {
  const output = join(folder, 'supergraph.graphql');
  const subgraph = [`users=http://h:1/graphql?a=b=${users}`, `orders=http://h:2/graphql=${orders}`];
  const terminal = recordedTerminal();
  assert.equal(await compose({ subgraph, output }, terminal), 0, terminal.stderr());
  assert.match(readFileSync(output, 'utf8'), /url: "http:\/\/h:1\/graphql\?a=b"/);
  const planned = recordedTerminal();
  assert.equal(await plan('{ me { name orders } }', { supergraph: output }, planned), 0, planned.stderr());
  assert.match(planned.stdout(), /fetch users[\s\S]*entities orders/);
});

test('a file lists them too, its paths relative to it', async () => {
  const file = write(
    'subgraphs.yaml',
    'subgraphs:\n  users: { url: "http://h:1", schema: users.graphql }\n  orders: { url: "${ORDERS}", schema: orders.graphql }\n',
  );
  const terminal = recordedTerminal({ ORDERS: 'http://h:2' });
  assert.equal(await compose({ file }, terminal), 0, terminal.stderr());
  assert.match(terminal.stdout(), /join__Graph/);
});

test('every fault of the arguments and of the composition is told', async () => {
  const terminal = recordedTerminal();
  assert.equal(await compose({ subgraph: ['users', 'x=ftp://h=f'] }, terminal), 1);
  assert.equal(terminal.stderr().split('\n').length - 1, 2);
  const missing = recordedTerminal();
  assert.equal(await compose({ subgraph: [`u=http://h=${folder}/none.graphql`] }, missing), 1);
  assert.match(missing.stderr(), /u: ENOENT/);
  const broken = write('broken.graphql', 'type User { name: Int }');
  const clash = recordedTerminal();
  const subgraph = [`users=http://h:1=${users}`, `broken=http://h:2=${broken}`];
  assert.equal(await compose({ subgraph }, clash), 1);
  assert.match(clash.stderr(), /^[A-Z_]+: /);
  const faulty = recordedTerminal();
  assert.equal(await compose({ file: write('f.yaml', 'subgraphs: { a: { ulr: x } }') }, faulty), 1);
  assert.match(faulty.stderr(), /f.yaml:1:19: subgraphs.a.ulr: unknown key "ulr"; did you mean "url"\?/);
  const none = recordedTerminal();
  assert.equal(await compose({}, none), 1);
  assert.match(none.stderr(), /expected --subgraph/);
});

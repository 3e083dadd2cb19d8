import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { check } from './check.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-check-'));
after(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, 'f.yaml');
  writeFileSync(file, text);
  return file;
}

test('a good configuration is summed up', async () => {
  const terminal = recordedTerminal();
  assert.equal(await check({ config: write('graph: { supergraph: "https://h/s" }\n') }, terminal), 0);
  assert.match(terminal.stdout(), /0 routes, 0 upstreams, .*, the graph at \/graphql\n$/);
});

test('a faulty one is 1, with nothing on standard output', async () => {
  const terminal = recordedTerminal();
  assert.equal(await check({ config: write('liisten: {}\n') }, terminal), 1);
  assert.equal(terminal.stdout(), '');
  assert.match(terminal.stderr(), /f.yaml:1:1: liisten: unknown key "liisten"; did you mean "listen"\?/);
});

test('GraphiQL in production is a warning', async () => {
  const file = write('graph: { supergraph: "https://h/s", graphiql: true, auth: none }\n');
  const [terminal, other] = [recordedTerminal({ NODE_ENV: 'production' }), recordedTerminal()];
  assert.equal(await check({ config: file }, terminal), 0);
  assert.match(terminal.stderr(), /f.yaml:1:\d+: graph.graphiql: .* NODE_ENV is production \(a warning\)\n$/);
  assert.equal(await check({ config: file }, other), 0);
  assert.equal(other.stderr(), '');
});

test('a schema that cannot be read is a fault of the configuration', async () => {
  writeFileSync(join(folder, 'a.proto'), 'syntax = "proto3";\nmessage {');
  const file = write(
    'upstreams: { u: { url: "http://127.0.0.1:1" } }\nroutes:\n  - match: { path: /x }\n    to: { upstream: u }\n    request: { protobuf: { proto: ./a.proto, message: A } }\n',
  );
  const terminal = recordedTerminal();
  assert.equal(await check({ config: file }, terminal), 1);
  assert.match(
    terminal.stderr(),
    /f\.yaml:5:35: routes\[0\]\.request\.protobuf\.proto: .*a\.proto:2: illegal type name[^\n]*\n\n1 fault in /,
  );
  assert.equal(terminal.stdout(), '');
});

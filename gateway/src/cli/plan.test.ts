import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plan } from './plan.ts';
import { recordedTerminal } from './testing.fixture.ts';

const supergraph = fileURLToPath(new URL('../../../schema/supergraph.graphql', import.meta.url));

test('a query that cannot be planned, and a supergraph that is not there', async () => {
  const invalid = recordedTerminal();
  assert.equal(await plan('{ nothingOfTheKind }', { supergraph }, invalid), 1);
  assert.match(invalid.stderr(), /nothingOfTheKind/);
  const missing = recordedTerminal();
  assert.equal(await plan('{ __typename }', { supergraph: '/none.graphql' }, missing), 1);
  assert.match(missing.stderr(), /there is no file "\/none.graphql"/);
  const variables = recordedTerminal();
  assert.equal(await plan('{ __typename }', { supergraph, variables: '[1]' }, variables), 1);
  assert.match(variables.stderr(), /expected a JSON object/);
});

test('what needs no fetch says so', async () => {
  const terminal = recordedTerminal();
  assert.equal(await plan('{ __typename }', { supergraph }, terminal), 0, terminal.stderr());
  assert.match(terminal.stdout(), /nothing to fetch/);
});

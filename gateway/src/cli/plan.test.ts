import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { guardedSupergraph } from '../graph/testing/guarded.fixture.ts';
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

test('either planner plans, and what is deferred stands apart', async () => {
  const printed = async (query: string, planner?: 'hive' | 'apollo'): Promise<string> => {
    const terminal = recordedTerminal();
    assert.equal(
      await plan(query, { supergraph, ...(planner && { planner }) }, terminal),
      0,
      terminal.stderr(),
    );
    return terminal.stdout();
  };
  for (const planner of ['hive', 'apollo'] as const) {
    assert.match(await printed('{ me { id reviews { body } } }', planner), /entities reviews at me/);
  }
  const deferring = '{ me { id ... @defer { reviews { body } } } }';
  assert.match(await printed(deferring), /defer\n[\s\S]*at once[\s\S]*later d0[\s\S]*entities reviews at me/);
  assert.doesNotMatch(await printed(deferring, 'hive'), /later/);
});

test('what needs no fetch says so', async () => {
  const terminal = recordedTerminal();
  assert.equal(await plan('{ __typename }', { supergraph }, terminal), 0, terminal.stderr());
  assert.match(terminal.stdout(), /nothing to fetch/);
});

test('a plan for somebody shows what that one may have', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frontdesk-plan-'));
  try {
    const guarded = join(folder, 'supergraph.graphql');
    await writeFile(guarded, await guardedSupergraph());
    const printed = async (options: { scopes?: string; anonymous?: boolean }): Promise<string> => {
      const terminal = recordedTerminal();
      const query = '{ open salary me { email } }';
      assert.equal(await plan(query, { supergraph: guarded, ...options }, terminal), 0, terminal.stderr());
      return terminal.stdout();
    };
    assert.match(await printed({}), /salary[\s\S]*email/);
    assert.match(await printed({ scopes: 'money,other' }), /salary[\s\S]*email/);
    assert.doesNotMatch(await printed({ scopes: '' }), /salary/);
    const anonymous = await printed({ anonymous: true });
    assert.match(anonymous, /open/);
    assert.doesNotMatch(anonymous, /salary|email/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

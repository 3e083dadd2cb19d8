import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadSupergraph, type Supergraph } from '../supergraph/supergraph.ts';
import { companySupergraph, testContext } from '../testing/company.fixture.ts';
import type { DataObject } from './data.ts';
import { type CompiledBatch, failsOnlyAsked, gatherFrom, scatter } from './entity-batch.ts';
import { Failure, publicEntry } from './failure.ts';
import { compileMerge } from './places.ts';
import { compileRepresentation } from './representation.ts';
import type { Run } from './run.ts';

let supergraph: Supergraph;
before(async () => {
  supergraph = await loadSupergraph(await companySupergraph());
});
after(() => supergraph.planner.close());

function batchOf(): CompiledBatch {
  const { types } = supergraph;
  const keys = [{ key: 'name', signature: 'name', below: [] }];
  const id = { kind: 'field', name: 'id', as: 'id', selections: [] } as const;
  return {
    alias: '_entities',
    variableText: '"representations"',
    collect: [],
    likeness: undefined,
    represent: compileRepresentation([{ kind: 'fragment', type: 'User', selections: [id] }], [], types),
    keys,
    merge: compileMerge(keys, types),
    rename: undefined,
    identity: ['id'],
    unrequired: undefined,
    share: true,
    types,
  };
}

const user = (id: unknown): DataObject => ({ __typename: 'User', id });

const begin = (): Run => ({
  context: testContext(),
  forwarded: [],
  variables: {},
  data: {},
  loose: [],
  failed: false,
  plain: true,
});

test('equal entities are asked for once; one whose key failed is not asked for, and fails', () => {
  const lost = user(Failure.of(publicEntry('upstream_error', 's')));
  const places = [user('1'), user('2'), user('1'), user(null), lost];
  const gathered = gatherFrom(batchOf(), places);
  assert.deepEqual(gathered.texts, ['{"__typename":"User","id":"1"}', '{"__typename":"User","id":"2"}']);
  assert.deepEqual(
    gathered.places.map((group) => group.length),
    [2, 1],
  );
  assert.ok(lost.name instanceof Failure);
});

test('each entity goes to all that wait for it; another than was asked for goes to nobody', () => {
  const places = [user('1'), user('2'), user('1')];
  const gathered = gatherFrom(batchOf(), places);
  const run = begin();
  const reply = {
    data: {
      _entities: [
        { id: '1', name: 'one' },
        { id: '7', name: 'seven' },
      ],
    },
    entries: [],
    failed: false,
    plain: true,
  };
  scatter(batchOf(), gathered, reply, run, 's');
  assert.deepEqual([places[0]?.name, places[2]?.name], ['one', 'one']);
  assert.ok(places[1]?.name instanceof Failure);
  assert.equal(run.failed, true);
});

test('an error about a key that only we asked back is told apart', () => {
  const reply = (key: string) => ({
    data: null,
    entries: [publicEntry('upstream_error', 's', ['_entities', 0, key])],
    failed: true,
    plain: true,
  });
  assert.equal(failsOnlyAsked(reply('id'), [batchOf()]), true);
  assert.equal(failsOnlyAsked(reply('name'), [batchOf()]), false);
});

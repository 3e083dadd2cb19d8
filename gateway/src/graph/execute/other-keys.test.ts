import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { EntityBatch, RequiredSelection } from '../plan/plan.ts';
import { loadSupergraph, type TypeIndex } from '../supergraph/supergraph.ts';
import { companySupergraph } from '../testing/company.fixture.ts';
import { Failure, publicEntry } from './failure.ts';
import { withOtherKeys } from './other-keys.ts';
import { compileRepresentation, type Represent } from './representation.ts';

let types: TypeIndex;
before(async () => {
  ({ types } = await loadSupergraph(await companySupergraph()));
});

function compile(...sent: string[]): Represent {
  const field = (name: string): RequiredSelection => ({ kind: 'field', name, as: name, selections: [] });
  const batch: EntityBatch = {
    alias: '_entities',
    variable: 'representations',
    paths: [[]],
    requires: [{ kind: 'fragment', type: 'User', selections: ['__typename', ...sent].map(field) }],
    inputRewrites: [],
    outputRewrites: [],
  };
  return withOtherKeys(compileRepresentation(batch.requires, [], types), batch, 'accounts', types);
}

test('an entity that lacks the second key is asked for by the first, and the other way round', () => {
  const represent = compile('id', 'email', 'name');
  const name = 'N';
  const user = { __typename: 'User', name };
  assert.equal(represent({ ...user, id: '1' }), '{"__typename":"User","id":"1","name":"N"}');
  assert.equal(represent({ ...user, email: 'e' }), '{"__typename":"User","email":"e","name":"N"}');
  assert.equal(
    represent({ ...user, id: '1', email: 'e' }),
    '{"__typename":"User","id":"1","email":"e","name":"N"}',
  );
});

test('no key, or a requirement that never came, and it is not asked for; a failure is one', () => {
  const represent = compile('id', 'email', 'name');
  assert.equal(represent({ __typename: 'User', name: 'N' }), undefined);
  assert.equal(represent({ __typename: 'User', id: '1' }), undefined);
  const failure = Failure.of(publicEntry('upstream_error', 's'));
  assert.equal(represent({ __typename: 'User', id: failure, email: 'e', name: 'N' }), failure);
  assert.equal(compile('id', 'name')({ __typename: 'User', name: 'N' }), undefined);
});

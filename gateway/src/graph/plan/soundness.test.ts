import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { parse } from 'graphql';
import { composeFederation } from '../testing/federation-run.fixture.ts';
import type { EntitiesNode, FetchNode, RequiredSelection } from './plan.ts';
import { soundPlanner } from './sound-planner.ts';
import { PlanSoundness } from './soundness.ts';

let soundness: PlanSoundness;
before(async () => {
  const composed = await composeFederation({
    a: `
      type Query { t: T provided: T @provides(fields: "shared") n: N }
      type T @key(fields: "id") {
        id: ID! own: Int taken: Int far: Int @external box: Box @external shared: Int @external
        sum: Int @requires(fields: "far box { w }")
      }
      type Box { w: Int @external }
      interface N @key(fields: "id") { id: ID! }
      type M implements N @key(fields: "id") { id: ID! }`,
    b: `
      type T @key(fields: "id") { id: ID! far: Int box: Box shared: Int @shareable taken: Int @override(from: "a") }
      type Box { w: Int }
      type N @key(fields: "id") @interfaceObject { id: ID! more: Int }`,
  });
  assert.ok('supergraphSdl' in composed, JSON.stringify(composed));
  soundness = new PlanSoundness(parse(composed.supergraphSdl));
});

function fetch(subgraph: string, operation: string): FetchNode {
  return {
    kind: 'fetch',
    subgraph,
    operationKind: 'query',
    operation,
    operationName: undefined,
    variables: [],
    path: [],
    outputRewrites: [],
  };
}

const field = (name: string, ...selections: RequiredSelection[]): RequiredSelection => ({
  kind: 'field',
  name,
  as: name,
  selections,
});

function entities(
  subgraph: string,
  type: string,
  asked: string,
  ...given: RequiredSelection[]
): EntitiesNode {
  const operation = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${asked} } } }`;
  const { path: _, outputRewrites, ...request } = fetch(subgraph, operation);
  return {
    ...request,
    kind: 'entities',
    batches: [
      {
        alias: '_entities',
        variable: 'r',
        paths: [[{ kind: 'field', name: 't' }]],
        requires: [{ kind: 'fragment', type, selections: [field('id'), ...given] }],
        inputRewrites: [],
        outputRewrites,
      },
    ],
  };
}

test('what a subgraph resolves may be asked of it: own fields, keys, what a path provides, __typename', () => {
  for (const asked of ['t { __typename id own }', 'provided { shared }', 'n { id ... on M { id } }']) {
    assert.equal(soundness.fault(fetch('a', `{ ${asked} }`)), undefined);
  }
  assert.equal(soundness.fault(entities('b', 'N', 'more')), undefined);
  assert.equal(soundness.fault(entities('b', 'T', 'taken box { w }')), undefined);
});

test('an external field where nobody provides it, a field that was taken over, and one of another subgraph', () => {
  for (const name of ['far', 'shared', 'taken']) {
    assert.match(soundness.fault(fetch('a', `{ t { ${name} } }`)) ?? '', new RegExp(`T\\.${name}, which`));
    assert.match(soundness.fault(entities('a', 'T', name)) ?? '', new RegExp(`T\\.${name}, which`));
  }
  assert.match(soundness.fault(entities('b', 'T', 'own')) ?? '', /T\.own, which/);
});

test('a field is asked for with all that it requires, of the entity itself', () => {
  const box = field('box', field('w'));
  assert.equal(soundness.fault(entities('a', 'T', 'sum', field('far'), box)), undefined);
  const wrong = /T\.sum without what it requires/;
  assert.match(soundness.fault(fetch('a', '{ t { sum } }')) ?? '', wrong);
  assert.match(soundness.fault(entities('a', 'T', 'sum')) ?? '', wrong);
  assert.match(soundness.fault(entities('a', 'T', 'sum', field('far'), field('box'))) ?? '', wrong);
});

test('what cannot be parsed is never sent', () => {
  assert.match(soundness.fault(fetch('a', '{ t { } }')) ?? '', /no operation/);
  assert.match(soundness.fault(fetch('a', 'fragment F on T { id }')) ?? '', /no operation/);
});

test('an object is asked for with what is wanted of it', () => {
  assert.match(soundness.fault(entities('b', 'T', 'box')) ?? '', /T\.box without what of it/);
});

test('a wrong plan is refused, so that another planner may be asked; a right one goes through', async () => {
  const plan = fetch('a', '{ t { far } }');
  const planner = { plan: async () => plan, close() {} };
  await assert.rejects(soundPlanner(planner, soundness).plan('{ t { far } }', undefined), {
    code: 'invalid_query',
    detail: 'the plan is wrong: a is asked for T.far, which it does not resolve',
  });
  const right = { plan: async () => fetch('a', '{ t { own } }'), close() {} };
  assert.ok(await soundPlanner(right, soundness).plan('{ t { own } }', undefined));
});

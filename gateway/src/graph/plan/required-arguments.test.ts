import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { composed } from '../testing/composed.fixture.ts';
import type { EntitiesNode, FetchNode, PlanNode, RequiredSelection } from './plan.ts';
import { misreadRequirement } from './required-arguments.ts';
import { SubgraphFields } from './subgraph-fields.ts';

const { supergraphSdl } = await composed({
  a: {
    sdl: 'type Query { t: [T] } type T @key(fields: "id") { id: ID! w(in: Int): Int box: Box } type Box { h(in: Int): Int }',
  },
  b: {
    sdl: `type T @key(fields: "id") { id: ID! w(in: Int): Int @external box: Box @external
      five: Int @requires(fields: "w(in: 5)") six: Int @requires(fields: "w(in: 6)") plain: Int @requires(fields: "w") tall: Int @requires(fields: "box { h(in: 1) }") }
      type Box @external { h(in: Int): Int }`,
  },
});
const fields = new SubgraphFields(parse(supergraphSdl));

const request = { operationKind: 'query', operationName: undefined, variables: [] } as const;

function root(selection: string): FetchNode {
  return {
    ...request,
    kind: 'fetch',
    subgraph: 'a',
    operation: `{t{__typename id ${selection}}}`,
    path: [],
    outputRewrites: [],
  };
}

function field(name: string, as = name, selections: readonly RequiredSelection[] = []): RequiredSelection {
  return { kind: 'field', name, as, selections };
}

function entities(asked: string, ...required: RequiredSelection[]): EntitiesNode {
  return {
    ...request,
    kind: 'entities',
    subgraph: 'b',
    operation: `query($r:[_Any!]!){_entities(representations:$r){...on T{${asked}}}}`,
    batches: [
      {
        alias: '_entities',
        variable: 'r',
        paths: [[{ kind: 'field', name: 't' }]],
        requires: [{ kind: 'fragment', type: 'T', selections: [field('id'), ...required] }],
        inputRewrites: [],
        outputRewrites: [],
      },
    ],
  };
}

function faultOf(...nodes: PlanNode[]): string | undefined {
  return misreadRequirement({ kind: 'sequence', nodes }, fields);
}

test('a value that was asked for with the required arguments, under whatever key, is right', () => {
  assert.equal(faultOf(root('w(in: 5)'), entities('five', field('w'))), undefined);
  assert.equal(faultOf(root('w x: w(in: 5)'), entities('five', field('x', 'w'))), undefined);
  assert.equal(faultOf(root('w'), entities('plain', field('w'))), undefined);
  assert.equal(
    faultOf(root('box{h(in: 1)}'), entities('tall', field('box', 'box', [field('h')]))),
    undefined,
  );
});

test('one with other arguments, or with none, is another value', () => {
  const wrong = 'b is asked for T.five with another value than that of w(in: 5)';
  assert.equal(faultOf(root('w'), entities('five', field('w'))), wrong);
  assert.equal(faultOf(root('w(in: $n)'), entities('five', field('w'))), wrong);
  assert.match(faultOf(root('w(in: 5)'), entities('plain', field('w'))) ?? '', /T\.plain .* of w$/);
  assert.match(
    faultOf(root('box{h}'), entities('tall', field('box', 'box', [field('h')]))) ?? '',
    /T\.tall .* of h\(in: 1\)$/,
  );
});

test('two requirements with other arguments cannot both be met by one key', () => {
  assert.match(faultOf(root('w(in: 5)'), entities('five six', field('w'))) ?? '', /T\.six/);
  const both = [
    root('w(in: 5)'),
    root('w(in: 6)'),
    entities('five', field('w')),
    entities('six', field('w')),
  ];
  assert.match(faultOf(...both) ?? '', /T\.six/);
  assert.equal(
    faultOf(root('w(in: 5) x: w(in: 6)'), entities('five', field('w')), entities('six', field('x', 'w'))),
    undefined,
  );
});

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { graphConfig } from './config.ts';
import { Operations, type PreparedDocument } from './operation.ts';
import { fetchesOf } from './plan/plan.ts';
import { Refusal } from './refusal.ts';
import type { Supergraph } from './supergraph/supergraph.ts';
import { loadSupergraph } from './supergraph/supergraph.ts';
import { companySupergraph } from './testing/company.fixture.ts';

let supergraph: Supergraph;
before(async () => {
  supergraph = await loadSupergraph(await companySupergraph());
});

function operations(config: Record<string, unknown> = {}, planner = supergraph.planner): Operations {
  return new Operations({ ...supergraph, planner }, graphConfig.parse({ supergraph: 'x', ...config }), {
    callUpstream: () => Promise.reject(new Error('nobody is asked here')),
    upstreamOf: (name) => ({ upstream: name, path: '/' }),
    logger: noLogger,
    maxReplyBytes: 1000,
    errors: { subgraphMessages: false, max: 50 },
  });
}

function refusal(prepared: PreparedDocument | Refusal): Refusal {
  assert.ok(prepared instanceof Refusal);
  return prepared;
}

function accepted(prepared: PreparedDocument | Refusal): PreparedDocument {
  assert.ok(!(prepared instanceof Refusal), JSON.stringify(prepared));
  return prepared;
}

test('H: what exceeds a limit is refused before it is validated or planned', () => {
  const ops = operations();
  const cases = [
    `{ ${'me { id } '.repeat(400)} }`,
    `{ ${'a { '.repeat(11)}b${' }'.repeat(11)} }`,
    `{ me { ${Array.from({ length: 31 }, (_, i) => `x${i}: id`).join(' ')} } }`,
    `{ ${Array.from({ length: 21 }, (_, i) => `me${i}`).join(' ')} }`,
    `{ me { id ${'@a '.repeat(51)} } }`,
    `{ ${'a{'.repeat(20_000)}`,
    `{ people(ids: ${'['.repeat(5000)}) { id } }`,
    '{ me { ...F } } fragment F on User { ...F }',
  ];
  for (const text of cases) {
    const { kind, status, errors } = refusal(ops.prepare(text, undefined, false));
    assert.deepEqual([kind, status], ['refused', 400], text.slice(0, 40));
    assert.equal(errors[0]?.extensions.code, 'INVALID_QUERY');
  }
});

test('H: what is not valid says so, and suggests nothing', () => {
  const ops = operations();
  for (const text of [
    '{ mee { id } }',
    '{ me { nam } }',
    '{ me { id(x: 1) } }',
    '{ me { ... on Usr { id } } }',
    '{',
    '{ _entities(representations: []) { id } }',
    '{ _service { sdl } }',
    '{ me { secret } }',
    '{ me { role(x: HIDDEN) } }',
  ]) {
    const { kind, errors } = refusal(ops.prepare(text, undefined, false));
    assert.equal(kind, 'document');
    assert.ok(!/did you mean/i.test(JSON.stringify(errors)), JSON.stringify(errors));
  }
});

test('H: introspection only where it is switched on, under every disguise', () => {
  const disguises = [
    '{ __schema { types { name } } }',
    '{ x: __type(name: "User") { name } }',
    '{ ...F } fragment F on Query { __schema { queryType { name } } }',
    '{ ... {\n\t__schema\n{ queryType { name } } } }',
  ];
  for (const text of disguises) {
    refusal(operations().prepare(text, undefined, false));
    accepted(operations({ introspection: true }).prepare(text, undefined, false));
  }
  accepted(operations().prepare('{ __typename }', undefined, false));
});

test('one of several operations, by its name', () => {
  const ops = operations();
  const text = 'query A { me { id } } mutation B { rename(id: 1, name: "x") { id } }';
  assert.equal(accepted(ops.prepare(text, 'A', true)).operation.name?.value, 'A');
  assert.equal(refusal(ops.prepare(text, 'B', true)).status, 405);
  assert.equal(accepted(ops.prepare(text, 'B', false)).operation.name?.value, 'B');
  assert.equal(refusal(ops.prepare(text, 'B', true)).status, 405);
  assert.equal(refusal(ops.prepare(text, undefined, false)).status, 400);
  assert.equal(refusal(ops.prepare(text, 'C', false)).status, 400);
  assert.equal(refusal(ops.prepare('fragment F on User { id }', undefined, false)).status, 400);
});

test('a document is prepared once; a name and a text are never taken for another pair', () => {
  const ops = operations();
  const first = ops.prepare('query A { me { id } }', 'A', false);
  assert.equal(ops.prepare('query A { me { id } }', 'A', false), first);
  assert.notEqual(ops.prepare('query A { me { id } }', undefined, false), first);
  assert.notEqual(ops.prepare('query A { me { id name } }', 'A', false), first);
});

test('H: variables are coerced by the book; faults are bounded and keep names to themselves', () => {
  const ops = operations();
  const prepared = accepted(
    ops.prepare(
      'query($ids: [ID!]! = ["9"], $w: Who) { people(ids: $ids, deep: $w) { id } }',
      undefined,
      false,
    ),
  );
  assert.deepEqual(
    { ...ops.coerce(prepared, { ids: 7, w: { role: 'ADMIN' } }) },
    { ids: ['7'], w: { role: 'ADMIN' } },
  );
  assert.deepEqual({ ...ops.coerce(prepared, undefined) }, { ids: ['9'] });
  for (const wrong of [
    { ids: null },
    { ids: [null] },
    { w: { rol: 1 } },
    { w: { role: 'HIDDEN' } },
    { ids: Array(200_000).fill({}) },
  ]) {
    const refused = ops.coerce(prepared, wrong);
    assert.ok(refused instanceof Refusal && refused.errors.length <= 51);
    assert.ok(!/did you mean/i.test(JSON.stringify(refused.errors)));
  }
});

test('a variable called __proto__ is a variable like others', () => {
  const ops = operations();
  const prepared = accepted(
    ops.prepare(
      'query($__proto__: ID!, $constructor: Boolean = true) { user(id: $__proto__) { id @include(if: $constructor) } }',
      undefined,
      false,
    ),
  );
  const coerced = ops.coerce(prepared, JSON.parse('{"__proto__":"5"}'));
  assert.deepEqual(Object.values(coerced), ['5', true]);
  assert.ok(!Object.hasOwn(coerced, '__proto__'));
  assert.deepEqual(prepared.conditions, ['constructor']);
});

test('mutations over several subgraphs are planned one field at a time, with all that hangs on it', async () => {
  const ops = operations();
  const compile = async (text: string) => {
    const prepared = accepted(ops.prepare(text, undefined, false));
    return (await ops.compile(prepared, {}, 'trusted')).plan;
  };
  const alone = await compile(
    'mutation { a: rename(id: 1, name: "x") { id } b: rename(id: 2, name: "y") { id } }',
  );
  assert.equal(alone?.kind, 'fetch');
  const plan = await compile(
    `mutation { a: rename(id: 1, name: "x") { home } ... { b: addReview(upc: "p1", body: "x") { id } } a: rename(id: 1, name: "x") { id } }`,
  );
  const writes = [...fetchesOf(plan)].map((fetch) => [fetch.operationKind, fetch.subgraph]);
  assert.equal(plan?.kind, 'sequence');
  assert.deepEqual(writes, [
    ['mutation', 'accounts'],
    ['query', 'geo'],
    ['mutation', 'reviews'],
  ]);
});

test('identical misses are planned once, each combination of conditions on its own, failures again', async () => {
  const documents: string[] = [];
  let fail = true;
  const ops = operations(
    {},
    {
      async plan(document) {
        documents.push(document.replace(/\s+/g, ' '));
        if (fail) throw new Error('not now');
        return undefined;
      },
      close() {},
    },
  );
  const prepared = accepted(
    ops.prepare('query($a: Boolean!) { me { id name @include(if: $a) } }', undefined, false),
  );
  await assert.rejects(ops.compile(prepared, { a: true }, 'trusted'));
  fail = false;
  await Promise.all([
    ops.compile(prepared, { a: true }, 'trusted'),
    ops.compile(prepared, { a: true }, 'trusted'),
    ops.compile(prepared, { a: false }, 'trusted'),
  ]);
  await ops.compile(prepared, { a: false }, 'trusted');
  assert.deepEqual(documents, ['{ me { id name } }', '{ me { id name } }', '{ me { id } }']);
});

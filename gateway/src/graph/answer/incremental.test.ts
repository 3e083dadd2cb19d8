import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, isObjectType, Kind, parse } from 'graphql';
import { ERRORS } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { DeferStep } from '../document/defer.ts';
import type { DataObject } from '../execute/data.ts';
import { Deferral } from '../execute/defer.ts';
import { publicEntry } from '../execute/failure.ts';
import { testContext } from '../testing/company.fixture.ts';
import { compileText } from './compile-text.ts';
import { type DeferredShape, incrementalPayloads } from './incremental.ts';
import { shapeSelection } from './shape.ts';

const schema = buildSchema('type Query { a: A as: [A] } type A { x: Int y: Int! a: A as: [A] }');
const OPTIONS = { maxErrors: 50, serviceNames: false };

const step = (key: string, types?: string[]): DeferStep => ({
  key,
  source: key,
  types: types && new Set(types),
});

function part(
  name: string,
  fields: string,
  path: DeferStep[],
  children: DeferredShape[] = [],
): DeferredShape {
  const type = schema.getType('A');
  const [operation] = parse(`{${fields}}`, { noLocation: true }).definitions;
  assert.ok(operation?.kind === Kind.OPERATION_DEFINITION && isObjectType(type));
  const shape = shapeSelection(schema, type, operation.selectionSet.selections, new Set(), false);
  const write = compileText(shape);
  return { name, label: name.toUpperCase(), path, types: undefined, shape, writeText: () => write, children };
}

function begin(data: DataObject): Deferral {
  const context = testContext();
  const deferral = new Deferral(context, new ManualClock(), 1000);
  deferral.attach({
    context,
    forwarded: [],
    variables: {},
    data,
    loose: [],
    failed: false,
    plain: true,
  });
  return deferral;
}

async function all(payloads: AsyncIterableIterator<string> | undefined): Promise<unknown[]> {
  const told: unknown[] = [];
  for await (const text of payloads ?? []) told.push(JSON.parse(text));
  return told;
}

test('entries follow as parts are done; what follows a part waits for it', async () => {
  const data: DataObject = { a: { x: 1, y: 2, a: { x: 3, y: 4 } } };
  const deferral = begin(data);
  const inner = part('inner', 'y', [step('a')]);
  const payloads = incrementalPayloads(
    { members: '"data":{}', data, completed: undefined },
    [part('outer', 'x a { x }', [step('a')], [inner])],
    deferral,
    OPTIONS,
  );
  // The inner one is there first, and told with what it belongs to.
  await deferral.start('inner', [], undefined);
  await deferral.start('outer', [], undefined);
  assert.deepEqual(await all(payloads), [
    { data: {}, hasNext: true },
    {
      incremental: [
        { label: 'OUTER', path: ['a'], data: { x: 1, a: { x: 3 } } },
        { label: 'INNER', path: ['a', 'a'], data: { y: 4 } },
      ],
      hasNext: false,
    },
  ]);
});

test('places: each item of a list; none in nulls, and none where completion left a null', async () => {
  const data: DataObject = { as: [{ x: 1 }, null, { x: 2 }, { x: 3 }] };
  const deferral = begin(data);
  const completed = { as: [{}, null, null, {}] };
  const payloads = incrementalPayloads(
    { members: '"data":{}', data, completed },
    [part('p', 'x', [step('as')])],
    deferral,
    OPTIONS,
  );
  await deferral.start('p', [], undefined);
  const [, second] = await all(payloads);
  assert.deepEqual(second, {
    incremental: [
      { label: 'P', path: ['as', 0], data: { x: 1 } },
      { label: 'P', path: ['as', 3], data: { x: 3 } },
    ],
    hasNext: false,
  });
});

test('without a place nothing follows', () => {
  const parts = [part('p', 'x', [step('a')]), part('q', 'x', [step('as', ['B'])])];
  const data: DataObject = { a: null, __typename: 'Query', as: [{ __typename: 'A' }] };
  for (const completed of [undefined, null]) {
    assert.equal(
      incrementalPayloads({ members: '', data, completed }, parts, begin(data), OPTIONS),
      undefined,
    );
  }
});

test('a null that may not be ends at its payload, with the path from the root; loose errors are told once', async () => {
  const data: DataObject = {
    as: [
      { x: 1, y: null },
      { x: 2, y: 2 },
    ],
  };
  const deferral = begin(data);
  const payloads = incrementalPayloads(
    { members: '"data":{}', data, completed: undefined },
    [part('p', 'y', [step('as')])],
    deferral,
    OPTIONS,
  );
  deferral.run.loose.push(publicEntry('upstream_error', 's'));
  await deferral.start('p', [], undefined);
  const [, second] = await all(payloads);
  assert.deepEqual(second, {
    incremental: [
      {
        label: 'P',
        path: ['as', 0],
        data: null,
        errors: [
          {
            message: 'Cannot return null for non-nullable field A.y.',
            path: ['as', 0, 'y'],
            extensions: { code: 'UPSTREAM_INVALID' },
          },
          { message: ERRORS.upstream_error.title, extensions: { code: 'UPSTREAM_ERROR' } },
        ],
      },
      { label: 'P', path: ['as', 1], data: { y: 2 } },
    ],
    hasNext: false,
  });
});

test('return() ends the waiting and cancels what is on its way', async () => {
  const data: DataObject = { a: { x: 1 } };
  const deferral = begin(data);
  const payloads = incrementalPayloads(
    { members: '"data":{}', data, completed: undefined },
    [part('p', 'x', [step('a')])],
    deferral,
    OPTIONS,
  );
  assert.ok(payloads?.return);
  await payloads.next();
  const waiting = payloads.next();
  assert.equal((await payloads.return()).done, true);
  assert.equal((await waiting).done, true);
  assert.equal(deferral.run.context.cancellation.cancelled, true);
  assert.equal((await payloads.next()).done, true);
});

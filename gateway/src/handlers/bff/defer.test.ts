/** Where a query is split at its `@defer`s, where it is not, and that its pieces together are the whole. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildSchema, execute, parse, print, validate } from 'graphql';
import { DEFER_SDL, splitOperation } from './defer.ts';
import { executeDeferring } from './defer-execution.ts';

const schema = buildSchema(`
  ${DEFER_SDL}
  type Query { home: Home list: [Home!] any: Any }
  type Mutation { go: Home }
  interface Any { id: ID }
  type Home implements Any { id: ID name: String inner(v: ID): Home items: [Home!] gone: Home }
`);
const home = {
  __typename: 'Home',
  id: '1',
  name: 'a',
  inner: { __typename: 'Home', id: '2', name: 'b', inner: null, items: [], gone: null },
  items: [{ __typename: 'Home', id: '3', name: 'c' }],
  gone: null,
};
const rootValue = { home, list: [home], any: home, go: home };

function split(source: string, variables: Record<string, unknown> = {}) {
  const document = parse(source);
  assert.deepEqual(validate(schema, document), []);
  return splitOperation({ schema, document, operationName: undefined, variables });
}

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

describe('a query', () => {
  it('is split into what is answered at once and what follows, with the way to it', () => {
    const parts = split(
      'query ($v: ID) { h: home { id ... on Home @defer(label: "L") { name inner(v: $v) { id } } } }',
    );
    assert.equal(flat(print(parts?.document ?? assert.fail())), 'query ($v: ID) { h: home { id } }');
    const [deferred] = parts?.deferred ?? [];
    assert.deepEqual([deferred?.label, deferred?.path], ['L', ['h']]);
    assert.equal(
      flat(print(deferred?.document ?? assert.fail())),
      'query ($v: ID) { h: home { ... on Home { name inner(v: $v) { id } } } }',
    );
  });

  it('keeps what is within a fragment that is put off behind it', () => {
    const parts = split('{ ... @defer(label: "a") { home { id ... @defer(label: "b") { name } } } }');
    const [outer] = parts?.deferred ?? [];
    assert.deepEqual(
      [outer?.path, outer?.children.map(({ label, path }) => [label, path])],
      [[], [['b', ['home']]]],
    );
  });

  it('is split at spreads too, also those within other fragments', () => {
    const parts = split(
      '{ home { ...A } } fragment A on Home { id ...B @defer } fragment B on Home { name }',
    );
    assert.deepEqual(
      parts?.deferred.map(({ path }) => path),
      [['home']],
    );
  });

  it('is left whole where it can not be told apart, or nobody wants it apart', () => {
    assert.equal(split('{ home { id } }'), undefined);
    assert.equal(split('{ list { ... @defer { name } } }'), undefined);
    assert.equal(split('{ home { items { ... @defer { name } } } }'), undefined);
    assert.equal(split('mutation { go { ... @defer { name } } }'), undefined);
    assert.equal(split('{ home { ... @defer(if: false) { name } } }'), undefined);
    assert.equal(
      split('query ($d: Boolean!) { home { ... @defer(if: $d) { name } } }', { d: false }),
      undefined,
    );
    assert.equal(split('{ home { ... @defer @skip(if: true) { name } } }'), undefined);
    assert.ok(split('query ($d: Boolean!) { home { ... @defer(if: $d) { name } } }', { d: true }));
  });

  it('puts off so many fragments and no more', () => {
    const fragments = Array.from({ length: 25 }, (_, i) => `... @defer { n${i}: name }`).join(' ');
    assert.equal(split(`{ home { ${fragments} } }`)?.deferred.length, 20);
  });
});

/** A random selection of `Home`, some of it deferred. */
const selection = fc.letrec<{ set: string; one: string }>((tie) => ({
  set: fc
    .array(tie('one'), { minLength: 1, maxLength: 3, depthIdentifier: 'home' })
    .map((all) => all.join(' ')),
  one: fc.oneof(
    { depthSize: 'small', depthIdentifier: 'home' },
    fc.constantFrom('id', 'name', 'other: name'),
    tie('set').map((set) => `inner { ${set} }`),
    tie('set').map((set) => `gone { ${set} }`),
    tie('set').map((set) => `items { ${set} }`),
    tie('set').map((set) => `... on Any { id } ... on Home { ${set} }`),
    tie('set').map((set) => `... @defer { ${set} }`),
    tie('set').map((set) => `... on Home @defer(label: "l") { ${set} }`),
  ),
})).set;

function merge(into: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) {
    const before = into[key];
    if (isMap(before) && isMap(value)) merge(before, value);
    else if (Array.isArray(before) && Array.isArray(value)) {
      for (const [i, item] of value.entries()) if (isMap(before[i]) && isMap(item)) merge(before[i], item);
    } else into[key] = value;
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

it('together the pieces are the whole, and each comes after what it is added to', async () => {
  await fc.assert(
    fc.asyncProperty(selection, async (set) => {
      const document = parse(`{ home { ${set} } any { ... on Home { ${set} } } }`);
      const whole = await execute({ schema, document, rootValue });
      const result = await executeDeferring({ schema, document, rootValue });
      const data: unknown = structuredClone(
        'initialResult' in result ? result.initialResult.data : result.data,
      );
      assert.ok(isMap(data));
      let hasNext = 'initialResult' in result;
      if ('initialResult' in result) {
        for await (const payload of result.subsequentResults) {
          assert.ok(hasNext);
          hasNext = payload.hasNext;
          for (const { path, data: more } of payload.incremental ?? []) {
            let place: unknown = data;
            for (const key of path) place = isMap(place) ? place[key] : undefined;
            assert.ok(isMap(place), `${path} is not there yet`);
            merge(place, structuredClone(more) ?? {});
          }
        }
      }
      assert.equal(hasNext, false);
      assert.deepEqual(JSON.parse(JSON.stringify(data)), JSON.parse(JSON.stringify(whole.data)));
    }),
    { numRuns: 150 },
  );
});

/** Compiled queries against graphql-js over the same screens: the same answer, or none where graphql-js has errors. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  buildSchema,
  execute,
  type GraphQLOutputType,
  type GraphQLSchema,
  getOperationAST,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
} from 'graphql';
import { defineBackends, z } from '../../bff/index.ts';
import { ScreenRun } from '../../bff/screen/engine.ts';
import { noClients } from '../../bff/screen/screen.fixture.ts';
import type { Screen } from '../../bff/screen/screen.ts';
import { systemClock } from '../../core/clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { randomOperation } from '../../graph/testing/operation.fixture.ts';
import { Choice } from '../../graph/testing/random-choice.fixture.ts';
import { CompiledQuery } from './compiled-query.ts';
import { DEFER_SDL } from './defer.ts';
import { bindScreen } from './graphql-screen.ts';

const kit = defineBackends({});
const OBJECTS = ['A', 'B', 'C'];
const LEAVES = ['Int', 'Float', 'String', 'Boolean', 'ID', 'Mood', 'Any'];

/** Screens on a schema, and their runs in one request. */
function bound(sdl: string, screens: readonly Screen[]) {
  const schema = buildSchema(sdl);
  const query = schema.getQueryType() ?? assert.fail();
  const faults: string[] = [];
  for (const screen of screens)
    bindScreen(screen, query, query.getFields()[screen.field] ?? assert.fail(), new Map(), faults);
  assert.deepEqual(faults, []);
  return { schema, open: () => runsOf() };
}

function runsOf() {
  const runs = new Map<string, ScreenRun>();
  const context = contextOn(systemClock);
  return {
    refusalOf: () => undefined,
    runOf(screen: Screen, input: Readonly<Record<string, unknown>>): ScreenRun {
      const key = `${screen.field} ${JSON.stringify(input)}`;
      const run =
        runs.get(key) ??
        new ScreenRun(screen, { context, clock: systemClock, openClients: noClients, input });
      runs.set(key, run);
      return run;
    },
    close() {
      for (const run of runs.values()) run.close();
    },
  };
}

/** What each makes of it. */
async function both(
  schema: GraphQLSchema,
  query: string,
  variables: Record<string, unknown> = {},
  compiled = compile(schema, query),
) {
  const [ours, theirs] = [runsOf(), runsOf()];
  try {
    const data = await compiled.data(ours, variables);
    const document = parse(query);
    const said = await execute({ schema, document, contextValue: theirs, variableValues: variables });
    // Whoever executes after a compiled query that gave up finds what it left.
    const again = await execute({ schema, document, contextValue: ours, variableValues: variables });
    assert.deepEqual(JSON.stringify(again), JSON.stringify(said));
    return {
      ours: data && JSON.stringify(data),
      theirs: said.errors ? undefined : JSON.stringify(said.data),
    };
  } finally {
    ours.close();
    theirs.close();
  }
}

function compile(schema: GraphQLSchema, query: string): CompiledQuery {
  const document = parse(query);
  return new CompiledQuery(schema, document, getOperationAST(document) ?? assert.fail());
}

function randomSdl(choice: Choice): string {
  const wrapped = (name: string): string => {
    const kind = choice.int(0, 7);
    if (kind < 4) return name;
    if (kind === 4) return `${name}!`;
    return [`[${name}]`, `[${name}!]`, `[[${name}]!]!`][kind - 5] ?? name;
  };
  const field = () => wrapped(choice.one(choice.chance(50) ? [...OBJECTS, 'Node', 'Either'] : LEAVES));
  const common = `n0: ${wrapped('String')} n1: ${field()}`;
  const objects = OBJECTS.map(
    (name) => `type ${name} implements Node { ${common} name: String id: ${field()} own${name}: ${field()} }`,
  );
  const parts = [0, 1, 2].map((i) => `p${i}: ${field().replace(/!$/, '')}`);
  return `
    scalar Any
    enum Mood { GLAD SAD }
    interface Node { ${common} }
    union Either = A | B
    ${objects.join('\n')}
    type Home { ${parts.join(' ')} }
    type Query { home: Home }`;
}

/** A value needs many: fast-check's own take too long. A linear congruential generator (Park and Miller). */
function integersFrom(seed: number): (min: number, max: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (min, max) => {
    state = (state * 48_271) % 2_147_483_647;
    return min + (state % (max - min + 1));
  };
}

/** Mostly what the type says. */
function randomValue(schema: GraphQLSchema, type: GraphQLOutputType, choice: Choice, depth: number): unknown {
  if (isNonNullType(type)) {
    const value = randomValue(schema, type.ofType, choice, depth);
    return value ?? (choice.chance(5) ? null : randomValue(schema, type.ofType, choice, depth));
  }
  if (depth === 0 || choice.chance(8)) return choice.chance(50) ? null : undefined;
  if (isListType(type)) {
    const items = choice.int(0, 2);
    if (choice.chance(2)) return { length: 1 };
    return Array.from({ length: items }, () => randomValue(schema, type.ofType, choice, depth - 1));
  }
  if (isAbstractType(type) || isObjectType(type)) {
    const actual = isObjectType(type) ? type : choice.one(schema.getPossibleTypes(type));
    const value: Record<string, unknown> = {};
    for (const { name, type: below } of Object.values(actual.getFields()))
      if (choice.chance(95)) value[name] = randomValue(schema, below, choice, depth - 1);
    if (choice.chance(97)) value.__typename = choice.chance(98) ? actual.name : 'Home';
    return value;
  }
  if (choice.chance(3)) return choice.one<unknown>([1.5, 'x', {}, [], true, Number.NaN, 2 ** 40]);
  if (isEnumType(type)) return choice.one(['GLAD', 'SAD']);
  const values: Record<string, unknown[]> = {
    Int: [0, 7, '8'],
    Float: [0.5, 3],
    String: ['', 'a "text"', 5, true],
    Boolean: [true, false, 1],
    ID: ['u1', 7],
    Any: [{ any: ['thing', null] }, 'x', [1]],
  };
  return choice.one(values[type.name] ?? [null]);
}

it('answers as graphql-js does, or leaves it to graphql-js', async () => {
  let whole = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (gen) => {
      const choice = new Choice((min, max) => gen(fc.integer, { min, max }));
      const fast = new Choice(integersFrom(gen(fc.nat)));
      const values: Record<string, unknown> = {};
      const part = (name: string) => kit.part(() => values[name]);
      const parts = { p0: part('p0'), p1: part('p1'), p2: part('p2') };
      const { schema } = bound(randomSdl(choice), [kit.screen({ path: '/home', field: 'home', parts })]);
      const home = schema.getType('Home');
      if (!isObjectType(home)) return;
      for (const { name, type } of Object.values(home.getFields()))
        values[name] = randomValue(schema, type, fast, 4);
      const operation = randomOperation(schema, choice);
      if (!operation) return;
      const { query, variables } = operation;
      const { ours, theirs } = await both(schema, query, { ...variables });
      // A key that is no safe one is never ours.
      if (ours === undefined && /\b__proto__\b/.test(query)) return;
      assert.equal(ours, theirs, `${query}\n${ours}\n${theirs}`);
      if (ours !== undefined) whole += 1;
    }),
    { numRuns: Number(process.env.FRONTDESK_DIFFERENCE_RUNS ?? 150), endOnFailure: true },
  );
  assert.ok(whole > 20, `only ${whole} answers were whole`);
});

describe('a compiled query', () => {
  const failing = kit.part<{ name: string }>(() => Promise.reject(new Error('down')), {
    fallback: { name: 'nobody' },
  });
  const home = kit.screen({
    path: '/home',
    field: 'home',
    parts: { user: kit.part(() => ({ name: 'Ada', friend: { name: 'Bob' } })), failing },
  });
  const told = kit.takes(z.object({ text: z.string().max(3), page: z.number().default(1) }));
  const search = told.screen({
    path: '/search',
    field: 'search',
    parts: { found: told.part(({ input }) => [{ name: input.text }]) },
  });
  const sdl = `
    ${DEFER_SDL}
    type Query { home: Home search(text: String!, page: Int): Search }
    type Home { user: Card failing: Card! }
    type Search { found: [Card!] }
    type Card { name: String friend: Card }`;
  const { schema } = bound(sdl, [home, search]);

  const answered = async (query: string, variables?: Record<string, unknown>) => {
    const { ours, theirs } = await both(schema, query, variables);
    assert.equal(ours, theirs);
    return ours ?? assert.fail('it is left to graphql-js');
  };
  const left = async (query: string, variables?: Record<string, unknown>) =>
    assert.equal((await both(schema, query, variables)).ours, undefined);

  it('answers several screens, each of its keys, and their types', async () => {
    assert.equal(
      await answered(
        '{ t: __typename b: search(text: "b") { found { name } } a: home { __typename x: user { name } } }',
      ),
      '{"t":"Query","b":{"found":[{"name":"b"}]},"a":{"__typename":"Home","x":{"name":"Ada"}}}',
    );
  });

  it('merges what is asked for twice', async () => {
    assert.equal(
      await answered(
        '{ home { user { name } ...F } home { ...F } } fragment F on Home { user { friend { name } } }',
      ),
      '{"home":{"user":{"name":"Ada","friend":{"name":"Bob"}}}}',
    );
  });

  it('goes by variables, in arguments and in conditions, each time anew', async () => {
    const query =
      'query Q($text: String = "def", $is: Boolean!) { search(text: $text) { found @include(if: $is) { name } __typename } }';
    const compiled = compile(schema, query);
    for (const variables of [
      { is: true },
      { is: false },
      { is: true, text: 'x' },
      { is: false, text: 'y' },
    ]) {
      const { ours, theirs } = await both(schema, query, variables, compiled);
      assert.equal(ours, theirs);
      assert.notEqual(ours, undefined);
    }
  });

  it('leaves a null condition to graphql-js, though a default was false before', async () => {
    const query = 'query Q($is: Boolean = false) { home { __typename @include(if: $is) user { name } } }';
    const compiled = compile(schema, query);
    assert.notEqual((await both(schema, query, {}, compiled)).ours, undefined);
    assert.equal((await both(schema, query, { is: null }, compiled)).ours, undefined);
  });

  it('leaves what fails to graphql-js: parts, input, variables', async () => {
    await left('{ home { failing { name } } }');
    await left('{ search(text: "long") { found { name } } }');
    await left('query Q($text: String!) { search(text: $text) { found { name } } }', { text: 1 });
  });

  it('leaves what it does not know to graphql-js', async () => {
    await left('{ __schema { queryType { name } } }');
    await left('{ home { ... @defer { user { name } } } }');
    await left('{ home { user { __proto__: name } } }');
  });

  it('leaves a field to graphql-js before whose resolver another stands', async () => {
    const own = bound(sdl, [home, search]).schema;
    const field = own.getQueryType()?.getFields().home ?? assert.fail();
    const { resolve = assert.fail() } = field;
    field.resolve = (...given) => resolve(...given);
    assert.equal((await both(own, '{ home { user { name } } }')).ours, undefined);
  });

  it('leaves a screen with policies to graphql-js, which asks for them', async () => {
    const guarded = kit.screen({
      path: '/g',
      field: 'g',
      policies: ['p'],
      parts: { a: kit.part(() => 1) },
    });
    const own = bound('type Query { g: G } type G { a: Int }', [guarded]).schema;
    assert.equal((await both(own, '{ g { a } }')).ours, undefined);
  });
});

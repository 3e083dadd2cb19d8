import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import { defineBackends, z } from '../bff/index.ts';
import { clientDocuments } from './client-documents.ts';
import { TypesError } from './types-error.ts';

const { screen, part, takes } = defineBackends({});
const anything = { parts: { any: part(() => 1) } };
const home = screen({ path: '/home', field: 'home', ...anything });

function documentsOf(sdl: string, operations: Parameters<typeof clientDocuments>[0] = [home]) {
  const schema = buildSchema(sdl);
  const made = clientDocuments(operations, schema);
  const texts = made.documents.map(({ text }) => text);
  const whole = parse([...texts, made.fragments].join('\n'));
  return { ...made, texts, faults: validate(schema, whole).map(({ message }) => message) };
}

describe('documents of clients', () => {
  it('ask for all there is, hand arguments on, and have a fragment for what stands in several places', () => {
    const { screen } = takes(z.object({ id: z.string(), first: z.number().default(10) }));
    const list = screen({ path: '/list/{id}', field: 'list', ...anything });
    const { texts, fragments, faults, documents } = documentsOf(
      `type Query { home: Home list(id: ID!, first: Int! = 10): List }
       type Home { price: Money other: Money one: One }
       type List { total: Money! }
       type Money { amount: Int! currency: Currency! }
       type Currency { code: ID! }
       type One { a: Int }`,
      [home, list],
    );
    assert.deepEqual(faults, []);
    assert.deepEqual(
      documents.map(({ name }) => name),
      ['Home', 'List'],
    );
    assert.match(
      texts[0] ?? '',
      /^query Home \{\n {2}home \{\n {4}price \{\n {6}\.\.\.MoneyFields\n.*one \{\n {6}a\n/s,
    );
    assert.match(
      texts[1] ?? '',
      /^query List\(\$id: ID!, \$first: Int! = 10\) \{\n {2}list\(id: \$id, first: \$first\)/,
    );
    assert.equal(fragments, 'fragment MoneyFields on Money {\n  amount\n  currency {\n    code\n  }\n}\n');
  });

  it('follow a type that holds itself once around, and then for its leaves', () => {
    const { texts, faults } = documentsOf(`
      type Query { home: Home }
      type Home { a: A }
      type A { id: ID! b: B }
      type B { name: String! a: A bs: [B] }
    `);
    assert.deepEqual(faults, []);
    assert.equal(
      texts[0]?.replaceAll(/\s+/g, ' '),
      'query Home { home { a { id b { name a { id } bs { name } } } } } ',
    );
  });

  it('tell the alternatives of abstract types apart, and leave out what can not stand beside another', () => {
    const { texts, notes, faults } = documentsOf(`
      type Query { home: Home }
      type Home { pets: [Pet!]! }
      interface Pet { name: String! }
      type Dog implements Pet { name: String! size: Int! }
      type Cat implements Pet { name: String! size: String! }
    `);
    assert.deepEqual(faults, []);
    assert.match(
      texts[0]?.replaceAll(/\s+/g, ' ') ?? '',
      /pets \{ __typename \.\.\. on Dog \{ name size \} \.\.\. on Cat \{ name \} \}/,
    );
    assert.deepEqual(notes, ['Cat.size is left out where Pet stands: another of its types has it as Int!']);
  });

  it('leave out what is deprecated and what must be given arguments, and say so', () => {
    const { texts, notes } = documentsOf(`
      type Query { home: Home }
      type Home { a: Int b: Int @deprecated(reason: "use a") c(of: ID!): Int d(of: ID): Int }
    `);
    assert.equal(texts[0]?.replaceAll(/\s+/g, ' '), 'query Home { home { a d } } ');
    assert.deepEqual(notes, [
      'Home.b is deprecated, and left out',
      'Home.c must be given arguments, and is left out',
    ]);
  });

  it('are cut where types that hold each other would make them larger than what is served', () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
    const types = names.map(
      (name) => `type ${name} { id: ID! ${names.map((one) => `${one.toLowerCase()}: ${one}`).join(' ')} }`,
    );
    const { notes, faults, texts } = documentsOf(`type Query { home: A } ${types.join('\n')}`);
    assert.deepEqual(faults, []);
    assert.match(notes[0] ?? '', /^home: cut at a depth of \d: deeper it has more than 1000 fields$/);
    assert.ok((texts[0]?.match(/\w+/g)?.length ?? 0) <= 1003);
  });

  it('are refused for a type that no document may ask for', () => {
    const fields = Array.from({ length: 1001 }, (_, i) => `f${i}: Int`).join(' ');
    assert.throws(() => documentsOf(`type Query { home: Home } type Home { ${fields} }`), TypesError);
  });

  it('go no deeper than what is served', () => {
    const types = Array.from(
      { length: 20 },
      (_, i) => `type T${i} { id: ID! next: T${i + 1} too: T${i + 1} }`,
    ).join('\n');
    const { texts, faults, fragments } = documentsOf(`type Query { home: T0 } ${types} type T20 { id: ID! }`);
    assert.deepEqual(faults, []);
    // Spread, it is as deep as without fragments.
    assert.ok(depthOf(`${texts[0]}${fragments}`) <= 12);
  });
});

function depthOf(text: string): number {
  const document = parse(text);
  const depth = (node: object): number => {
    const set: unknown = Reflect.get(node, 'selectionSet');
    const name: unknown =
      Reflect.get(node, 'kind') === 'FragmentSpread'
        ? Reflect.get(Object(Reflect.get(node, 'name')), 'value')
        : '';
    const fragment = document.definitions.find(
      (one) => 'name' in one && one.name?.value === name && one.kind === 'FragmentDefinition',
    );
    const inner: unknown = Reflect.get(Object(set), 'selections');
    const below = Array.isArray(inner) ? Math.max(...inner.map(depth)) : 0;
    if (fragment) return depth(fragment);
    return Reflect.get(node, 'kind') === 'Field' ? 1 + below : below;
  };
  return Math.max(...document.definitions.filter(({ kind }) => kind === 'OperationDefinition').map(depth));
}

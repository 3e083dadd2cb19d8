/** Values that are no plain data; what is, is compared with graphql-js in `compiled-query.test.ts`. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { buildSchema, type FieldNode, Kind, parse } from 'graphql';
import { IRREGULAR, projectionTo, safeKey } from './value-projection.ts';

const schema = buildSchema(`
  type Query { at: Thing }
  scalar Any
  type Thing { text: String! list: [Int] any: Any below: Thing }
`);

function projected(selection: string, value: unknown): unknown {
  const document = parse(`{ at ${selection} }`);
  const [operation] = document.definitions;
  const nodes: FieldNode[] = [];
  if (operation?.kind === Kind.OPERATION_DEFINITION)
    for (const node of operation.selectionSet.selections) if (node.kind === Kind.FIELD) nodes.push(node);
  const type = schema.getQueryType()?.getFields().at?.type ?? assert.fail();
  return projectionTo({ schema, fragments: new Map(), variables: {} }, type, nodes)(value);
}

it('makes what is selected of what is there', () => {
  const value = { text: 'a', list: [1, null], any: { deep: [1] }, below: { text: 'b' }, more: 1 };
  assert.deepEqual(projected('{ t: text list any below { text list } }', value), {
    t: 'a',
    list: [1, null],
    any: { deep: [1] },
    below: { text: 'b', list: null },
  });
});

it('reads the members of instances, and null for holes', () => {
  class Thing {
    get text() {
      return 'made';
    }
    list = new Array(1);
  }
  assert.deepEqual(projected('{ text list }', new Thing()), { text: 'made', list: [null] });
});

for (const [name, value] of Object.entries<unknown>({
  'a promise': Promise.resolve({ text: 'a' }),
  'a promise within': { text: Promise.resolve('a') },
  'a promise of any scalar': { text: 'a', any: Promise.resolve(1) },
  'a function': { text: () => 'a' },
  'an error': new Error('a'),
  'an error within': { text: 'a', any: new Error('a') },
  'a list that is none': { text: 'a', list: new Set([1]) },
  'an object that is none': 'a',
  'null where none may be': { text: null },
  'a leaf of another type': { text: 'a', list: ['x'] },
})) {
  it(`leaves ${name} to graphql-js`, () => {
    assert.throws(() => projected('{ text list any }', value));
  });
}

it('makes no key that would be the prototype', () => {
  assert.equal(safeKey('constructor'), 'constructor');
  assert.throws(() => safeKey('__proto__'), IRREGULAR);
});

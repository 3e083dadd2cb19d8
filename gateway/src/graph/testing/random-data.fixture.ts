/** Random data for a random schema: nulls, errors, values that are hard to write, entities that somebody does not know. */
import type { FederationData, Row, Value } from './federation.fixture.ts';
import type { Choice } from './random-choice.fixture.ts';
import type { SchemaModel } from './random-schema.fixture.ts';
import type { FieldFacts } from './random-types.fixture.ts';

const TEXTS = [
  'plain',
  'a "quoted" text',
  'back\\slash',
  'é 😀 \u2028',
  '',
  'line\nbreak',
  '{"json":1}',
  'null',
];

export function randomData(schema: SchemaModel, choice: Choice): FederationData {
  const names = new Map<string, string[]>();
  for (const type of schema.facts.keys()) {
    names.set(type, rowNames(type, choice));
  }
  const rows: Record<string, Row> = {};
  let id = 0;
  for (const [type, fields] of schema.facts) {
    for (const name of names.get(type) ?? []) {
      id += 1;
      const row: Record<string, Value> = {};
      for (const [field, fact] of fields)
        row[field] = keyValue(type, field, name, id) ?? randomValue(fact, names, choice);
      rows[name] = { __typename: type, ...row };
    }
  }
  const unknown = unknownEntities(schema, names, choice);
  return Object.keys(unknown).length > 0 ? { rows, unknown } : { rows };
}

function rowNames(type: string, choice: Choice): string[] {
  if (type === 'Query' || type === 'Mutation') return [type];
  // What is a key of an entity has as many rows as that.
  const count = /^R?T\d/.test(type) ? 3 : choice.int(2, 3);
  return Array.from({ length: count }, (_, index) => `${type}_${index}`);
}

/** A key is never null, and tells entities apart. */
function keyValue(type: string, field: string, name: string, id: number): Value | undefined {
  if (/^T\d/.test(type)) {
    if (field === 'id') return String(id);
    if (field === 'code') return `c"${id}`;
    if (field === 'region') return `r${id % 2}`;
    if (field === 'ref') return { ref: `R${name}` };
  }
  if (/^RT\d/.test(type)) {
    if (field === 'x') return 1;
    if (field === 'y') return `y${id}`;
  }
  return undefined;
}

function randomValue(fact: FieldFacts, names: ReadonlyMap<string, readonly string[]>, choice: Choice): Value {
  const { nonNull, lists } = fact.type;
  const at = (level: number): Value => {
    const odd = choice.int(1, 100);
    if (!(fact.solid && nonNull[level])) {
      if (odd <= 3) return { error: 'secret' };
      if (nonNull[level] ? odd <= 5 : odd <= 18) return null;
    }
    if (level < lists) return Array.from({ length: choice.int(0, 3) }, () => at(level + 1));
    return fact.possible.length > 0 || isComposite(fact)
      ? reference(fact, names, choice)
      : scalar(fact, choice);
  };
  return at(0);
}

function isComposite({ type }: FieldFacts): boolean {
  return !['String', 'Int', 'Float', 'Boolean', 'ID', 'Color', 'JSON'].includes(type.named);
}

function reference(fact: FieldFacts, names: ReadonlyMap<string, readonly string[]>, choice: Choice): Value {
  const rows = fact.possible.flatMap((type) => names.get(type) ?? []);
  return { ref: choice.one(rows) };
}

function scalar({ type, solid }: FieldFacts, choice: Choice): Value {
  switch (type.named) {
    case 'Int':
      return choice.one([0, -1, 42, 2147483647]);
    case 'Float':
      return choice.one([0.5, 1, -1e21, 1e-7]);
    case 'Boolean':
      return choice.chance(50);
    case 'Color':
      return choice.one(solid ? ['RED', 'GREEN', 'BLUE'] : ['RED', 'GREEN', 'BLUE', 'RED', 'HIDDEN']);
    case 'JSON':
      return { json: choice.one<unknown>([{ a: [1, null, { b: 'x' }] }, [1, 'two'], 'text', 7, false]) };
    case 'ID':
      return choice.one(['7', 'x-1', '007']);
    default:
      return choice.chance(15) ? { changes: 'v' } : choice.one(TEXTS);
  }
}

function unknownEntities(
  schema: SchemaModel,
  names: ReadonlyMap<string, readonly string[]>,
  choice: Choice,
): Record<string, string[]> {
  const unknown: Record<string, string[]> = {};
  for (const [subgraph, types] of schema.forgetful) {
    const forgotten = types.flatMap((type) => choice.some(names.get(type) ?? [], 0, 1));
    if (forgotten.length > 0) unknown[subgraph] = forgotten;
  }
  return unknown;
}

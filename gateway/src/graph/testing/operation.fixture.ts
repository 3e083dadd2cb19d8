/** Makes random valid operations over a schema: for properties that compare executors. */
import {
  type ASTVisitor,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  parse,
  print,
  validate,
  visit,
} from 'graphql';
import type { Operation } from './federation.fixture.ts';
import type { Choice } from './random-choice.fixture.ts';

/** A valid operation. Fields that cannot be merged under one name are given others. */
export function randomOperation(
  schema: GraphQLSchema,
  choice: Choice,
  kind: 'query' | 'mutation' = 'query',
): Operation | undefined {
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  if (!root) return undefined;
  const maker = new Maker(schema, choice);
  const body = maker.selection(root, 4);
  const fragments = maker.fragments.join('\n');
  const query = valid(schema, `${kind} Q${maker.definitions()} ${body}\n${fragments}`);
  return query === undefined ? undefined : { query, variables: JSON.parse(JSON.stringify(maker.variables)) };
}

const MAX_REPAIRS = 20;

function valid(schema: GraphQLSchema, text: string): string | undefined {
  let document = parse(text, { noLocation: true });
  for (let repair = 0; repair < MAX_REPAIRS; repair++) {
    const faults = validate(schema, document, undefined, { maxErrors: 1000 });
    if (faults.length === 0) return print(document);
    const conflicting = new Set(faults.flatMap(({ nodes }) => nodes?.at(-1) ?? []));
    let renamed = 0;
    const visitor: ASTVisitor = {
      Field(field: FieldNode) {
        if (!conflicting.has(field)) return undefined;
        renamed += 1;
        return { ...field, alias: { kind: Kind.NAME, value: `k${repair}_${renamed}` } };
      },
    };
    document = visit(document, visitor);
    if (renamed === 0) return undefined;
  }
  return undefined;
}

const ALIASES = ['a', 'b', 'name', 'id', 'constructor', '__proto__', 'toString'];

class Maker {
  readonly variables: Record<string, unknown> = {};
  readonly fragments: string[] = [];
  readonly #schema: GraphQLSchema;
  readonly #choice: Choice;
  readonly #types: string[] = [];

  constructor(schema: GraphQLSchema, choice: Choice) {
    this.#schema = schema;
    this.#choice = choice;
  }

  definitions(): string {
    return this.#types.length > 0 ? `(${this.#types.join(', ')})` : '';
  }

  selection(type: GraphQLCompositeType, depth: number): string {
    const count = this.#int(1, depth > 2 ? 2 : 4);
    const parts: string[] = [];
    for (let i = 0; i < count; i++) parts.push(this.#selected(type, depth));
    return `{ ${parts.join(' ')} }`;
  }

  #selected(type: GraphQLCompositeType, depth: number): string {
    const kind = this.#int(0, 9);
    if (isAbstractType(type) && kind < 5) {
      const possible = this.#schema.getPossibleTypes(type);
      const on = possible[this.#int(0, possible.length - 1)];
      if (on) return `... on ${on.name}${this.#directive()} ${this.selection(on, depth)}`;
    }
    if (isAbstractType(type) && kind === 5) {
      const pair = this.#pair(this.#schema.getPossibleTypes(type), depth);
      if (pair !== undefined) return pair;
    }
    if (kind === 8 && depth > 1) return `...${this.#directive()} ${this.selection(type, depth - 1)}`;
    if (kind === 9 && depth > 1 && this.fragments.length < 4) return this.#spread(type, depth);
    const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
    const deep =
      depth > 0 && kind % 2 === 0 ? fields.filter(({ type }) => isCompositeType(getNamedType(type))) : [];
    const field = deep[this.#int(0, deep.length - 1)] ?? fields[this.#int(0, fields.length - 1)];
    if (!field || kind === 7) return `${this.#alias()}__typename`;
    const named = getNamedType(field.type);
    if (isCompositeType(named)) {
      if (depth <= 0) return '__typename';
      return `${this.#alias(field.type)}${field.name}${this.#args(field.args)}${this.#directive()} ${this.selection(named, depth - 1)}`;
    }
    return `${this.#alias(field.type)}${field.name}${this.#args(field.args)}${this.#directive()}`;
  }

  /** Two fields of two types under one name: subgraphs that know both types cannot be asked for them so. */
  #pair(types: readonly GraphQLObjectType[], depth: number): string | undefined {
    const [one, other] = [0, 1].map(() => types[this.#int(0, types.length - 1)]);
    if (!one || !other || one === other) return undefined;
    const pairs = Object.values(one.getFields()).flatMap((mine) =>
      Object.values(other.getFields()).flatMap((theirs) =>
        String(mine.type) === String(theirs.type) ? [[mine, theirs] as const] : [],
      ),
    );
    const chosen = pairs[this.#int(0, pairs.length - 1)];
    if (!chosen) return undefined;
    const [mine, theirs] = chosen.map((field) => `both: ${this.#selectedField(field, depth)}`);
    return `... on ${one.name} { ${mine} } ... on ${other.name} { ${theirs} }`;
  }

  #selectedField({ name, type, args }: GraphQLField<unknown, unknown>, depth: number): string {
    const named = getNamedType(type);
    const below = isCompositeType(named)
      ? depth > 0
        ? this.selection(named, depth - 1)
        : '{ __typename }'
      : '';
    return `${name}${this.#args(args)}${this.#directive()} ${below}`;
  }

  #spread(type: GraphQLCompositeType, depth: number): string {
    const index = this.fragments.length;
    this.fragments.push('');
    this.fragments[index] = `fragment F${index} on ${type.name} ${this.selection(type, depth - 1)}`;
    return `...F${index}${this.#directive()}`;
  }

  /** One that tells the type as often as not: so fields of two types meet under one name, and may. */
  #alias(type?: GraphQLOutputType): string {
    const kind = this.#int(0, 7);
    if (type !== undefined && kind < 2) return `${String(type).replaceAll(/\W/g, '_')}: `;
    return kind < 3 ? `${ALIASES[this.#int(0, ALIASES.length - 1)]}: ` : '';
  }

  #directive(): string {
    const kind = this.#int(0, 19);
    if (kind > 3) return '';
    const name = kind % 2 === 0 ? 'skip' : 'include';
    if (kind < 2) return ` @${name}(if: ${this.#int(0, 1) === 1})`;
    return ` @${name}(if: ${this.#variable('Boolean!', this.#int(0, 1) === 1)})`;
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#types.length}`;
    this.#types.push(`$${name}: ${type}`);
    this.variables[name] = value;
    return `$${name}`;
  }

  #args(args: readonly GraphQLArgument[]): string {
    const given: string[] = [];
    for (const argument of args) {
      const required = isNonNullType(argument.type) && argument.defaultValue === undefined;
      if (!required && this.#int(0, 1) === 0) continue;
      const value = this.#value(argument.type);
      const asVariable = this.#int(0, 2) === 0;
      given.push(
        `${argument.name}: ${asVariable ? this.#variable(String(argument.type), value) : literal(value)}`,
      );
    }
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }

  #value(type: GraphQLInputType): unknown {
    const nullable = getNullableType(type);
    if (!isNonNullType(type) && this.#int(0, 5) === 0) return null;
    if (isListType(nullable)) return [this.#value(nullable.ofType), this.#value(nullable.ofType)];
    if (isEnumType(nullable)) return new EnumValue(nullable.getValues()[0]?.name ?? '');
    if (isInputObjectType(nullable)) {
      return Object.fromEntries(
        Object.values(nullable.getFields()).map((field) => [field.name, this.#value(field.type)]),
      );
    }
    if (nullable.name === 'Int') return this.#int(0, 5);
    if (nullable.name === 'Boolean') return this.#int(0, 1) === 1;
    return ['1', '2', 'p1', 'nobody'][this.#int(0, 3)];
  }

  #int(min: number, max: number): number {
    return this.#choice.int(min, max);
  }
}

/** Printed bare in a document, as its name in JSON. */
class EnumValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  toJSON(): string {
    return this.name;
  }
}

function literal(value: unknown): string {
  if (value instanceof EnumValue) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]) => `${name}: ${literal(member)}`);
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value);
}

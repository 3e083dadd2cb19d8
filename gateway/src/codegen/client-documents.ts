/**
 * GraphQL documents for the clients of a BFF: one for each operation, which asks for all that there is. Types that stand
 * in several places, and do not hold themselves, become fragments. A type that holds itself is followed once around, and
 * then for its leaves alone.
 *
 * Left out: what is deprecated, fields with arguments that must be given, and of an interface or union a field that is of
 * another type elsewhere in it (GraphQL §5.3.2).
 */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  print,
} from 'graphql';
import type { AnyOperation } from '../bff/definition.ts';
import { typeName } from './ts-text.ts';
import { TypesError } from './types-error.ts';

/** Fields within fields, so that a document fits the default of `graphql.limits.depth`. */
const MAX_DEPTH = 10;
/** Fields of one document, fragments spread: the default of `graphql.limits.selections`. */
const MAX_SELECTIONS = 1000;

export interface ClientDocument {
  /** Of the operation: that of its field, with a capital. */
  readonly name: string;
  readonly operation: AnyOperation;
  readonly field: Field;
  /** Without the fragments that it spreads. */
  readonly text: string;
}

export interface ClientDocuments {
  readonly documents: readonly ClientDocument[];
  /** Fragments that documents spread, and these themselves. */
  readonly fragments: string;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

type Field = GraphQLField<unknown, unknown>;
type Operation = Pick<AnyOperation, 'kind' | 'field'>;

const ROOTS = { screen: 'getQueryType', flow: 'getMutationType', live: 'getSubscriptionType' } as const;
const WORDS = { screen: 'query', flow: 'mutation', live: 'subscription' } as const;

/** `schema` is bound to the operations. */
export function clientDocuments(operations: readonly AnyOperation[], schema: GraphQLSchema): ClientDocuments {
  const writer = new DocumentWriter(schema, operations);
  const documents = operations.flatMap((operation): ClientDocument[] => {
    const field = fieldOf(operation, schema);
    return field
      ? [{ name: typeName(field.name), operation, field, text: writer.operation(operation, field) }]
      : [];
  });
  return {
    documents,
    fragments: writer.fragments(documents.map(({ text }) => text)),
    notes: [...writer.notes],
  };
}

function fieldOf({ kind, field }: Operation, schema: GraphQLSchema): Field | undefined {
  return schema[ROOTS[kind]]()?.getFields()[field];
}

interface Fragment {
  readonly text: string;
  /** Of it and of those that it spreads. */
  readonly fields: number;
  readonly height: number;
}

/** A document that would ask for more than is served: less deep, it may fit. */
class TooMany extends Error {}

class DocumentWriter {
  readonly notes = new Set<string>();
  readonly #schema: GraphQLSchema;
  readonly #shared: ReadonlySet<string>;
  readonly #fragments = new Map<string, Fragment | undefined>();
  #left = MAX_SELECTIONS;
  /** The least depth that was left. */
  #deepest = MAX_DEPTH;

  constructor(schema: GraphQLSchema, operations: readonly Operation[]) {
    this.#schema = schema;
    this.#shared = sharedTypes(schema, operations);
  }

  operation({ kind }: Operation, field: Field): string {
    const variables = field.args.map((one) => `$${one.name}: ${one.type}${standard(one)}`);
    const given = field.args.map(({ name }) => `${name}: $${name}`);
    for (let depth = MAX_DEPTH; ; depth -= 1) {
      this.#left = MAX_SELECTIONS;
      try {
        const inner = isLeafType(getNamedType(field.type))
          ? ''
          : this.#selection(getNamedType(field.type), depth, [], '  ');
        if (depth < MAX_DEPTH)
          this.notes.add(
            `${field.name}: cut at a depth of ${depth}: deeper it has more than ${MAX_SELECTIONS} fields`,
          );
        const head = `${WORDS[kind]} ${typeName(field.name)}${inBrackets(variables)}`;
        return `${head} {\n  ${field.name}${inBrackets(given)}${inner}\n}\n`;
      } catch (error) {
        if (!(error instanceof TooMany)) throw error;
        if (depth === 1)
          throw new TypesError([`${field.name}: its type alone has more than ${MAX_SELECTIONS} fields`]);
      }
    }
  }

  /** Those that the texts spread, and that these spread. */
  fragments(texts: readonly string[]): string {
    const used = new Map<string, string>();
    const waiting = [...texts];
    for (const text of waiting) {
      for (const [, name = ''] of text.matchAll(/\.\.\.(\w+)Fields$/gm)) {
        const fragment = this.#fragments.get(name)?.text;
        if (fragment === undefined || used.has(name)) continue;
        used.set(name, fragment);
        waiting.push(fragment);
      }
    }
    return [...used.keys()]
      .sort()
      .map((name) => used.get(name))
      .join('\n');
  }

  /** `{ … }` behind a field. `above`: the types around it. */
  #selection(type: GraphQLNamedType, depth: number, above: readonly string[], indent: string): string {
    if (isObjectType(type))
      return ` ${braced(this.#spreadOrFields(type, depth, above, `${indent}  `), indent)}`;
    if (!isAbstractType(type)) return '';
    const known = new Map<string, string>();
    const inner = `${indent}  `;
    const alternatives = this.#schema.getPossibleTypes(type).flatMap((possible) => {
      const lines = this.#alternative(type.name, possible, depth, above, inner, known);
      return lines.length === 0 ? [] : [`${inner}... on ${possible.name} ${braced(lines, inner)}`];
    });
    return ` ${braced([`${inner}__typename`, ...alternatives], indent)}`;
  }

  #spreadOrFields(
    type: GraphQLObjectType,
    depth: number,
    above: readonly string[],
    indent: string,
  ): string[] {
    if (this.#shared.has(type.name)) {
      const fragment = this.#fragment(type);
      if (fragment && fragment.height <= depth) {
        this.#take(fragment.fields, depth - fragment.height + 1);
        return [`${indent}...${type.name}Fields`];
      }
    }
    return this.#fields(type, depth, above, indent);
  }

  #alternative(
    abstract: string,
    type: GraphQLObjectType,
    depth: number,
    above: readonly string[],
    indent: string,
    known: Map<string, string>,
  ): string[] {
    return this.#fields(type, depth, above, `${indent}  `, (field) => {
      const before = known.get(field.name) ?? String(field.type);
      known.set(field.name, before);
      if (before === String(field.type)) return true;
      this.notes.add(
        `${type.name}.${field.name} is left out where ${abstract} stands: another of its types has it as ${before}`,
      );
      return false;
    });
  }

  #fields(
    type: GraphQLObjectType,
    depth: number,
    above: readonly string[],
    indent: string,
    accept: (field: Field) => boolean = () => true,
  ): string[] {
    // Around once already: its leaves, and no further.
    const isAgain = above.includes(type.name);
    const lines = Object.values(type.getFields()).flatMap((field) => {
      const named = getNamedType(field.type);
      const isLeaf = isLeafType(named);
      if (!this.#isOpen(type, field) || !(isLeaf || (depth > 1 && !isAgain)) || !accept(field)) return [];
      this.#take(1, depth);
      const inner = isLeaf ? '' : this.#selection(named, depth - 1, [...above, type.name], indent);
      return [`${indent}${field.name}${inner}`];
    });
    return lines.length > 0 ? lines : [`${indent}__typename`];
  }

  #isOpen(type: GraphQLObjectType, { name, args, deprecationReason }: Field): boolean {
    if (deprecationReason !== undefined && deprecationReason !== null)
      this.notes.add(`${type.name}.${name} is deprecated, and left out`);
    else if (args.some(isRequiredArgument))
      this.notes.add(`${type.name}.${name} must be given arguments, and is left out`);
    else return true;
    return false;
  }

  #take(fields: number, depth: number): void {
    this.#deepest = Math.min(this.#deepest, depth);
    this.#left -= fields;
    if (this.#left < 0) throw new TooMany();
  }

  /** Made when it is first needed, on an account of its own; `undefined` where it has more fields than a document may. */
  #fragment(type: GraphQLObjectType): Fragment | undefined {
    if (this.#fragments.has(type.name)) return this.#fragments.get(type.name);
    const [left, deepest] = [this.#left, this.#deepest];
    this.#left = MAX_SELECTIONS;
    this.#deepest = MAX_DEPTH;
    let made: Fragment | undefined;
    try {
      const lines = this.#fields(type, MAX_DEPTH, [], '  ');
      made = {
        text: `fragment ${type.name}Fields on ${type.name} ${braced(lines, '')}\n`,
        fields: MAX_SELECTIONS - this.#left,
        height: MAX_DEPTH - this.#deepest + 1,
      };
    } catch (error) {
      if (!(error instanceof TooMany)) throw error;
    }
    this.#left = left;
    this.#deepest = deepest;
    this.#fragments.set(type.name, made);
    return made;
  }
}

function braced(lines: readonly string[], indent: string): string {
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** Object types without a way back to themselves that stand in several places of what operations answer. */
function sharedTypes(schema: GraphQLSchema, operations: readonly Operation[]): ReadonlySet<string> {
  const seen = new Set<GraphQLObjectType>();
  const places = new Map<GraphQLNamedType, number>();
  const visit = (type: GraphQLNamedType): void => {
    places.set(type, (places.get(type) ?? 0) + 1);
    for (const one of objectsOf(type, schema)) {
      if (seen.has(one)) continue;
      seen.add(one);
      for (const field of Object.values(one.getFields())) visit(getNamedType(field.type));
    }
  };
  for (const operation of operations) {
    const field = fieldOf(operation, schema);
    if (field) visit(getNamedType(field.type));
  }
  const shared = [...seen].filter((type) => (places.get(type) ?? 0) > 1 && !holdsItself(type, schema));
  return new Set(shared.map(({ name }) => name));
}

function objectsOf(type: GraphQLNamedType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return isObjectType(type) ? [type] : isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

function holdsItself(type: GraphQLObjectType, schema: GraphQLSchema): boolean {
  const seen = new Set<GraphQLObjectType>();
  const waiting = [type];
  for (const one of waiting) {
    for (const { type: inner } of Object.values(one.getFields())) {
      for (const next of objectsOf(getNamedType(inner), schema)) {
        if (next === type) return true;
        if (seen.has(next)) continue;
        seen.add(next);
        waiting.push(next);
      }
    }
  }
  return false;
}

function standard({ astNode }: GraphQLArgument): string {
  return astNode?.defaultValue ? ` = ${print(astNode.defaultValue)}` : '';
}

function inBrackets(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}

/**
 * What the REST face sends, held to the BFF's schema as GraphQL holds it: the schema's fields and no others, leaves as
 * their types write them, and null in place of whatever lacks what the schema promises (GraphQL §6.4.3, §6.4.4). Compiled
 * once for each type.
 */
import {
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { FrontdeskError } from '../../core/errors.ts';
import type { PathTree } from '../../wire/json/json-tree.ts';

/** What a caller asks for of a value; `undefined`: all of it. */
export type Selection = PathTree<true> | undefined;

/** What is known of one answer, and what becomes known of it. */
export interface Completion {
  /** Fields as `Type.field` that are not answered, and why. */
  readonly refused: ReadonlyMap<string, FrontdeskError> | undefined;
  /** Gets the fields that are null where the schema's promise could not be kept, with what is wrong. */
  readonly gaps: AnswerGap[];
}

/** A value that is not as the schema promises. */
export class AnswerGap extends Error {
  override readonly name = 'AnswerGap';
  readonly refusal: FrontdeskError | undefined;

  constructor(coordinate: string, what: string, refusal?: FrontdeskError) {
    super(`${coordinate} ${what}`);
    this.refusal = refusal;
  }
}

export type Completer = (value: unknown, selection: Selection, completion: Completion) => unknown;

interface FieldCompleter {
  readonly name: string;
  readonly coordinate: string;
  readonly nullable: boolean;
  readonly complete: Completer;
}

/** The completers of one schema. A completer throws `AnswerGap` for a value that its type, or a promise in it, rules out. */
export class AnswerShapes {
  readonly #schema: GraphQLSchema;
  readonly #objects = new Map<GraphQLObjectType, Completer>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** `coordinate`: what stands in messages. */
  of(type: GraphQLOutputType, coordinate: string): Completer {
    if (isNonNullType(type)) return nonNull(this.of(type.ofType, coordinate), coordinate);
    return nullable(this.#named(type, coordinate));
  }

  #named(type: GraphQLOutputType, coordinate: string): Completer {
    if (isListType(type)) return list(this.of(type.ofType, coordinate), coordinate);
    if (isLeafType(type)) return leaf(type, coordinate);
    if (isObjectType(type)) return (value, ...more) => this.#object(type)(value, ...more);
    if (!isAbstractType(type)) return (value) => value;
    const possible = new Map(this.#schema.getPossibleTypes(type).map((one) => [one.name, one]));
    return (value, selection, completion) => {
      const name = isRecord(value) ? value.__typename : undefined;
      const actual = typeof name === 'string' ? possible.get(name) : undefined;
      if (!actual) throw new AnswerGap(coordinate, `lacks a __typename of ${type.name}`);
      const made = this.#object(actual)(value, selection, completion);
      return isRecord(made) ? { __typename: actual.name, ...made } : made;
    };
  }

  /** Made when it is first needed: types may hold each other. */
  #object(type: GraphQLObjectType): Completer {
    let completer = this.#objects.get(type);
    if (!completer) {
      const fields = Object.values(type.getFields()).map((field): FieldCompleter => {
        const coordinate = `${type.name}.${field.name}`;
        const complete = this.of(field.type, coordinate);
        return { name: field.name, coordinate, nullable: !isNonNullType(field.type), complete };
      });
      completer = object(type.name, fields);
      this.#objects.set(type, completer);
    }
    return completer;
  }
}

/** Below a member; the whole of it where it was named itself. */
export function below(selection: PathTree<true>): Selection {
  return selection.payload ? undefined : selection;
}

function object(typeName: string, fields: readonly FieldCompleter[]): Completer {
  return (value, selection, completion) => {
    if (!isRecord(value)) throw new AnswerGap(typeName, 'is no object');
    const made: Record<string, unknown> = {};
    for (const { name, coordinate, nullable: canBeNull, complete } of fields) {
      const asked = selection?.member(name);
      if (selection && !asked) continue;
      const refusal = completion.refused?.get(coordinate);
      if (refusal) {
        const gap = new AnswerGap(coordinate, 'is refused', refusal);
        if (!canBeNull) throw gap;
        completion.gaps.push(gap);
        made[name] = null;
      } else {
        made[name] = complete(value[name], asked && below(asked), completion);
      }
    }
    return made;
  };
}

function nonNull(complete: Completer, coordinate: string): Completer {
  return (value, selection, completion) => {
    const gaps = completion.gaps.length;
    const made = complete(value, selection, completion);
    if (made !== null) return made;
    // The gap below is the reason, and it is one whole with this.
    throw completion.gaps.length > gaps
      ? (completion.gaps.pop() ?? new AnswerGap(coordinate, 'is null'))
      : new AnswerGap(coordinate, 'is null');
  };
}

function nullable(complete: Completer): Completer {
  return (value, selection, completion) => {
    if (value === null || value === undefined) return null;
    try {
      return complete(value, selection, completion);
    } catch (thrown) {
      if (!(thrown instanceof AnswerGap)) throw thrown;
      completion.gaps.push(thrown);
      return null;
    }
  };
}

function list(complete: Completer, coordinate: string): Completer {
  return (value, selection, completion) => {
    if (!Array.isArray(value)) throw new AnswerGap(coordinate, 'is no list');
    return value.map((item: unknown) => complete(item, selection, completion));
  };
}

function leaf(type: GraphQLLeafType, coordinate: string): Completer {
  return (value) => {
    let made: unknown;
    try {
      made = type.serialize(value);
    } catch {
      throw new AnswerGap(coordinate, `is no ${type.name}`);
    }
    if (made === undefined || made === null) throw new AnswerGap(coordinate, `is no ${type.name}`);
    return made;
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The leaves and inputs of a GraphQL schema as TypeScript: scalars, enums, input objects, each declared when it is met. */
import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';
import { suggestion } from '../config/nearest.ts';
import type { TypesConfig } from './config.ts';
import { docComment, listOf, Names, objectType, quoted, union } from './ts-text.ts';

/** What scalars are in JSON: those of the standard, and those whose names say it. */
const SCALARS: Readonly<Record<string, string>> = {
  ID: 'string',
  String: 'string',
  Int: 'number',
  Float: 'number',
  Boolean: 'boolean',
  ...Object.fromEntries(
    ['DateTime', 'Date', 'Time', 'LocalDate', 'LocalTime', 'Instant', 'Duration', 'UUID', 'URL', 'URI'].map(
      (name) => [name, 'string'],
    ),
  ),
  JSON: 'unknown',
  JSONObject: 'Readonly<Record<string, unknown>>',
};

export class GraphqlTypes {
  readonly names: Names;
  readonly #scalars: TypesConfig['scalars'];
  readonly #known = new Map<string, string>();
  readonly #declared: string[] = [];
  /** Scalars that nobody says anything of. */
  readonly #unknown = new Set<string>();

  /** `names`: those of the file. */
  constructor(scalars: TypesConfig['scalars'], names = new Names()) {
    this.names = names;
    this.#scalars = scalars;
  }

  get declarations(): readonly string[] {
    return this.#declared;
  }

  get faults(): readonly string[] {
    return [...this.#unknown].map(
      (name) =>
        `scalar ${name}: say what it is in JSON, as scalars: { ${name}: string }; ${suggestion(name, Object.keys(SCALARS))}`,
    );
  }

  leaf(type: GraphQLScalarType | GraphQLEnumType): string {
    if (isEnumType(type)) return this.#enum(type);
    const known = this.#scalars[type.name] ?? SCALARS[type.name];
    if (known === undefined) this.#unknown.add(type.name);
    return known ?? 'unknown';
  }

  /** A value as a client writes it; what may be null may be left out too, where it is a member. */
  input(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#given(type.ofType);
    return union([this.#given(type), 'null']);
  }

  #given(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#given(type.ofType);
    if (isListType(type)) return listOf(this.input(type.ofType));
    return isInputObjectType(type) ? this.#object(type) : this.leaf(type);
  }

  #enum(type: GraphQLEnumType): string {
    return this.#once(type.name, (name) => {
      const values = union(type.getValues().map((value) => quoted(value.name)));
      return `${docComment(type.description)}export type ${name} = ${values};\n`;
    });
  }

  #object(type: GraphQLInputObjectType): string {
    return this.#once(type.name, (name) => {
      const members = Object.values(type.getFields()).map((field) => ({
        name: field.name,
        type: this.input(field.type),
        optional: !isRequiredInputField(field),
        description: field.description,
      }));
      return `${docComment(type.description)}export interface ${name} ${objectType(members)}\n`;
    });
  }

  /** Declares a type of the schema under its name, when it is met first. */
  #once(wanted: string, text: (name: string) => string): string {
    const before = this.#known.get(wanted);
    if (before !== undefined) return before;
    const name = this.names.take(wanted);
    this.#known.set(wanted, name);
    const at = this.#declared.length;
    const own = text(name);
    const inner = this.#declared.splice(at);
    this.#declared.push(own, ...inner);
    return name;
  }
}

/**
 * The BFF's own GraphQL schema as TypeScript: each type as it is answered in JSON, and what stands under the fields of
 * the root types, which is what screens, flows and live streams are held to.
 */
import {
  buildASTSchema,
  type GraphQLArgument,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  OperationTypeNode,
  parse,
  Source,
} from 'graphql';
import type { TypesConfig } from './config.ts';
import { graphqlFault } from './graphql-fault.ts';
import { GraphqlTypes } from './graphql-types.ts';
import { docComment, fileHead, listOf, objectType, quoted, union } from './ts-text.ts';
import { TypesError } from './types-error.ts';

const ROOTS = [
  ['screens', OperationTypeNode.QUERY],
  ['flows', OperationTypeNode.MUTATION],
  ['live', OperationTypeNode.SUBSCRIPTION],
] as const;

/** Throws a `TypesError` with the place of what is wrong. */
export function schemaTypes(
  text: string,
  shown: string,
  config: Pick<TypesConfig, 'scalars' | 'scopes'>,
): string {
  let schema: GraphQLSchema;
  try {
    // Directives are the faces' matter, and no type's.
    schema = buildASTSchema(parse(new Source(text, shown)), { assumeValidSDL: true });
  } catch (error) {
    throw new TypesError([graphqlFault(error, shown)]);
  }
  const types = new GraphqlTypes(config.scalars);
  types.names.take('Schema');
  const writer = new SchemaWriter(schema, types);
  const roots = ROOTS.map(([kind, operation]) => writer.root(kind, schema.getRootType(operation)));
  const objects = writer.objects();
  if (types.faults.length > 0) throw new TypesError(types.faults.map((fault) => `${shown}: ${fault}`));
  const scopes = config.scopes?.map((scope) => `    ${quoted(scope)},\n`).join('');
  return [
    fileHead(shown),
    "import { contract } from '@frontdesk/gateway/bff';\n",
    ...objects,
    ...types.declarations,
    `/** What the operations of this BFF are held to. */\nexport interface Schema {\n${roots.join('')}}\n`,
    `export const bffContract = contract<Schema>()({${scopes === undefined ? '' : `\n  scopes: [\n${scopes}  ],\n`}});\n`,
  ].join('\n');
}

class SchemaWriter {
  readonly #schema: GraphQLSchema;
  readonly #types: GraphqlTypes;

  constructor(schema: GraphQLSchema, types: GraphqlTypes) {
    this.#schema = schema;
    this.#types = types;
    for (const type of this.#all()) types.names.take(type.name);
  }

  /** A root type's fields: the name of each one's type, what it answers, and its arguments. */
  root(kind: string, type: GraphQLObjectType | null | undefined): string {
    const fields = Object.values(type?.getFields() ?? {}).map(({ name, description, type: output, args }) => {
      // Screens are objects, whatever becomes of them; a flow may answer with nothing.
      const whole = isNonNullType(output) ? output.ofType : output;
      const answer = kind === 'flows' ? this.#output(output) : this.#given(whole);
      const members = [
        { name: 'type', type: quoted(getNamedType(output).name), optional: false },
        { name: 'answer', type: answer, optional: false },
        { name: 'arguments', type: this.#arguments(args), optional: false },
      ];
      return { name, type: objectType(members, '    '), optional: false, description };
    });
    return `  readonly ${kind}: ${fields.length === 0 ? 'Readonly<Record<never, never>>' : objectType(fields, '  ')};\n`;
  }

  objects(): string[] {
    return this.#all().map((type) => {
      if (!isObjectType(type)) {
        const possible = this.#schema.getPossibleTypes(type).map(({ name }) => name);
        return `${docComment(type.description)}export type ${type.name} = ${union(possible)};\n`;
      }
      const isOne = this.#isAlternative(type);
      const typename = { name: '__typename', type: quoted(type.name), optional: !isOne };
      const members = Object.values(type.getFields()).map(({ name, type: output, description }) => ({
        name,
        type: this.#output(output),
        optional: false,
        description,
      }));
      const all = [typename, ...members];
      return `${docComment(type.description)}export interface ${type.name} ${objectType(all)}\n`;
    });
  }

  /** Objects, interfaces and unions, but for the root types. */
  #all() {
    const roots = new Set(ROOTS.map(([, operation]) => this.#schema.getRootType(operation)?.name));
    return Object.values(this.#schema.getTypeMap())
      .filter((type) => isObjectType(type) || isAbstractType(type))
      .filter(({ name }) => !name.startsWith('__') && !roots.has(name));
  }

  /** Whether a type stands where others may, so that an answer must say which it is. */
  #isAlternative(type: GraphQLObjectType): boolean {
    return this.#all().some(
      (other) => isAbstractType(other) && this.#schema.isSubType(other, type) && this.#isUsed(other.name),
    );
  }

  #isUsed(name: string): boolean {
    return Object.values(this.#schema.getTypeMap()).some(
      (type) =>
        (isObjectType(type) || isInterfaceType(type)) &&
        Object.values(type.getFields()).some((field) => getNamedType(field.type).name === name),
    );
  }

  #arguments(args: readonly GraphQLArgument[]): string {
    if (args.length === 0) return 'Readonly<Record<never, never>>';
    const members = args.map((argument) => ({
      name: argument.name,
      type: this.#types.input(argument.type),
      optional: !isRequiredArgument(argument),
    }));
    return objectType(members, '      ');
  }

  #output(type: GraphQLOutputType): string {
    return isNonNullType(type) ? this.#given(type.ofType) : union([this.#given(type), 'null']);
  }

  #given(type: GraphQLOutputType): string {
    if (isNonNullType(type)) return this.#given(type.ofType);
    if (isListType(type)) return listOf(this.#output(type.ofType));
    return isLeafType(type) ? this.#types.leaf(type) : type.name;
  }
}

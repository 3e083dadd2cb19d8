/**
 * The team's operations on the graph as typed documents: `*.graphql` files, held to the graph's schema. Fragments may
 * stand in any of them; each document carries those that it spreads.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isCompositeType,
  isInputType,
  isNonNullType,
  Kind,
  LoneAnonymousOperationRule,
  NoUnusedFragmentsRule,
  type OperationDefinitionNode,
  parse,
  print,
  Source,
  specifiedRules,
  typeFromAST,
  validate,
  visit,
} from 'graphql';
import type { TypesConfig } from './config.ts';
import { graphqlFault } from './graphql-fault.ts';
import { GraphqlTypes } from './graphql-types.ts';
import { SelectionTypes } from './selection-types.ts';
import { fileHead, objectType, templateLiteral } from './ts-text.ts';
import { TypesError } from './types-error.ts';

/** A file of operations. `shown`: what messages call it. */
export interface OperationFile {
  readonly shown: string;
  readonly text: string;
}

/** Fragments are for whoever spreads them, also in a file that comes later. */
const RULES = specifiedRules.filter(
  (rule) => rule !== NoUnusedFragmentsRule && rule !== LoneAnonymousOperationRule,
);

/** Throws a `TypesError` with the place of each fault. */
export function operationTypes(
  files: readonly OperationFile[],
  schema: GraphQLSchema,
  scalars: TypesConfig['scalars'],
): string {
  const document = readDocuments(files);
  const faults = [
    ...unnamed(document),
    ...validate(schema, document, RULES).map((error) => graphqlFault(error)),
  ];
  if (faults.length > 0) throw new TypesError(faults);
  return new OperationTypes(document, schema, scalars).make();
}

function readDocuments(files: readonly OperationFile[]): DocumentNode {
  const faults: string[] = [];
  const definitions = files.flatMap(({ shown, text }) => {
    try {
      return [...parse(new Source(text, shown)).definitions];
    } catch (error) {
      faults.push(graphqlFault(error, shown));
      return [];
    }
  });
  if (faults.length > 0) throw new TypesError(faults);
  return { kind: Kind.DOCUMENT, definitions };
}

function unnamed({ definitions }: DocumentNode): string[] {
  return definitions.flatMap((one) => {
    if (one.kind !== Kind.OPERATION_DEFINITION || one.name) return [];
    const { source, startToken } = one.loc ?? {};
    const place = source ? `${source.name}:${startToken?.line}:${startToken?.column}` : '';
    return [
      `${place}: the operation has no name: expected ${one.operation} NAME { … }, which its type is called by`,
    ];
  });
}

class OperationTypes {
  readonly #schema: GraphQLSchema;
  readonly #operations: readonly OperationDefinitionNode[];
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #types: GraphqlTypes;
  readonly #selections: SelectionTypes;

  constructor({ definitions }: DocumentNode, schema: GraphQLSchema, scalars: TypesConfig['scalars']) {
    this.#schema = schema;
    this.#operations = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    this.#types = new GraphqlTypes(scalars);
    this.#selections = new SelectionTypes(schema, this.#types, this.#fragments);
  }

  make(): string {
    // Before any name of the schema, so that an operation's types are always called after it.
    for (const { name } of [...this.#operations, ...this.#fragments.values()]) {
      for (const end of ['', 'Data', 'Variables']) this.#types.names.take(`${name?.value}${end}`);
    }
    const operations = this.#operations.map((one) => this.#operation(one));
    const fragments = [...this.#fragments.values()].map((one) => this.#fragment(one));
    if (this.#types.faults.length > 0) throw new TypesError(this.#types.faults);
    return [
      fileHead('the *.graphql files'),
      "import { document } from '@frontdesk/gateway/bff';\n",
      ...operations,
      ...fragments,
      ...this.#types.declarations,
    ].join('\n');
  }

  #operation(operation: OperationDefinitionNode): string {
    const name = operation.name?.value ?? '';
    const root = this.#schema.getRootType(operation.operation);
    const data = root ? this.#selections.selection(root, [operation.selectionSet]) : 'never';
    const variables = this.#variables(operation);
    const source = print({ kind: Kind.DOCUMENT, definitions: [operation, ...this.#spread(operation)] });
    const types = variables === undefined ? `${name}Data` : `${name}Data, ${name}Variables`;
    return [
      declared(`${name}Data`, data),
      ...(variables === undefined ? [] : [declared(`${name}Variables`, variables)]),
      `export const ${name} = document<${types}>(${templateLiteral(`\n${source}\n`)});\n`,
    ].join('\n');
  }

  #fragment({ name, typeCondition, selectionSet }: FragmentDefinitionNode): string {
    const type = this.#schema.getType(typeCondition.name.value);
    const data = isCompositeType(type) ? this.#selections.selection(type, [selectionSet]) : 'never';
    return declared(`${name.value}Data`, data);
  }

  /** `undefined` for an operation that takes none. */
  #variables({ variableDefinitions = [] }: OperationDefinitionNode): string | undefined {
    const members = variableDefinitions.flatMap(({ variable, type: node, defaultValue }) => {
      const type = typeFromAST(this.#schema, node);
      if (!isInputType(type)) return [];
      const optional = !isNonNullType(type) || defaultValue !== undefined;
      return [{ name: variable.name.value, type: this.#types.input(type), optional }];
    });
    return members.length === 0 ? undefined : objectType(members);
  }

  /** The fragments that an operation spreads, also within others, each once. */
  #spread(operation: OperationDefinitionNode): FragmentDefinitionNode[] {
    const found = new Map<string, FragmentDefinitionNode>();
    const look = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
      visit(node, {
        FragmentSpread: ({ name }) => {
          const fragment = this.#fragments.get(name.value);
          if (!fragment || found.has(name.value)) return;
          found.set(name.value, fragment);
          look(fragment);
        },
      });
    };
    look(operation);
    return [...found.values()];
  }
}

function declared(name: string, type: string): string {
  // A selection is either one object or alternatives of them.
  return type.startsWith('{') && !/^\} \| /m.test(type)
    ? `export interface ${name} ${type}\n`
    : `export type ${name} = ${type};\n`;
}

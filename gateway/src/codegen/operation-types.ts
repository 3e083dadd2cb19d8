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
  type OperationTypeNode,
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
import { fileHead, Names, objectType, templateLiteral } from './ts-text.ts';
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

/** What a file of typed documents looks like. */
export interface OperationForm {
  /** What stands before the documents. */
  readonly head: string;
  /** Behind a fragment's name, in that of its type. */
  readonly fragmentEnd: string;
  /** The expression of a document. `types`: its type arguments. */
  readonly document: (types: string, source: string, kind: OperationTypeNode) => string;
}

const FOR_BFFS: OperationForm = {
  head: [fileHead('the *.graphql files'), "import { document } from '@frontdesk/gateway/bff';\n"].join('\n'),
  fragmentEnd: 'Data',
  document: (types, source) => `document<${types}>(${templateLiteral(`\n${source}\n`)})`,
};

/** Throws a `TypesError` with the place of each fault. `names`: those that are taken. */
export function operationTypes(
  files: readonly OperationFile[],
  schema: GraphQLSchema,
  scalars: TypesConfig['scalars'],
  form: OperationForm = FOR_BFFS,
  names = new Names(),
): string {
  const document = readDocuments(files);
  const faults = [
    ...unnamed(document),
    ...validate(schema, document, RULES).map((error) => graphqlFault(error)),
  ];
  if (faults.length > 0) throw new TypesError(faults);
  return new OperationTypes(document, schema, new GraphqlTypes(scalars, names), form).make();
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
  readonly #form: OperationForm;
  readonly #operations: readonly OperationDefinitionNode[];
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #types: GraphqlTypes;
  readonly #selections: SelectionTypes;

  constructor(
    { definitions }: DocumentNode,
    schema: GraphQLSchema,
    types: GraphqlTypes,
    form: OperationForm,
  ) {
    this.#schema = schema;
    this.#form = form;
    this.#operations = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    this.#types = types;
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
    return [this.#form.head, ...operations, ...fragments, ...this.#types.declarations].join('\n');
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
      `export const ${name} = ${this.#form.document(types, source, operation.operation)};\n`,
    ].join('\n');
  }

  #fragment({ name, typeCondition, selectionSet }: FragmentDefinitionNode): string {
    const type = this.#schema.getType(typeCondition.name.value);
    const data = isCompositeType(type) ? this.#selections.selection(type, [selectionSet]) : 'never';
    return declared(`${name.value}${this.#form.fragmentEnd}`, data);
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

/**
 * The schemas of the subgraphs, as far as a supergraph tells them (join spec), to hold the documents of plans against: a
 * subgraph would refuse a document that is not valid, and all that it was to bring would be lost.
 */
import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  FieldsOnCorrectTypeRule,
  FragmentsOnCompositeTypesRule,
  type GraphQLSchema,
  type InterfaceTypeDefinitionNode,
  Kind,
  KnownTypeNamesRule,
  type NamedTypeNode,
  type ObjectTypeDefinitionNode,
  OverlappingFieldsCanBeMergedRule,
  PossibleFragmentSpreadsRule,
  parse,
  parseType,
  ScalarLeafsRule,
  validate,
  visit,
} from 'graphql';
import { type Application, applications, subgraphNames } from './joins.ts';

/** What planners get wrong. Arguments and variables are the client's own, and checked already. */
const RULES = [
  KnownTypeNamesRule,
  FragmentsOnCompositeTypesRule,
  PossibleFragmentSpreadsRule,
  FieldsOnCorrectTypeRule,
  ScalarLeafsRule,
  OverlappingFieldsCanBeMergedRule,
];

export class SubgraphSchemas {
  readonly #supergraph: DocumentNode;
  /** Value of `join__Graph`, by the subgraph's name. */
  readonly #graphs: ReadonlyMap<string, string>;
  readonly #schemas = new Map<string, GraphQLSchema>();

  constructor(supergraph: DocumentNode) {
    this.#supergraph = supergraph;
    this.#graphs = new Map([...subgraphNames(supergraph)].map(([graph, name]) => [name, graph]));
  }

  /** Why a subgraph would refuse a document; `undefined` where it takes it. */
  fault(subgraph: string, document: DocumentNode): string | undefined {
    return validate(this.#schema(subgraph), document, RULES, { maxErrors: 1 })[0]?.message;
  }

  #schema(subgraph: string): GraphQLSchema {
    let schema = this.#schemas.get(subgraph);
    if (!schema) {
      schema = schemaOf(this.#supergraph, this.#graphs.get(subgraph) ?? subgraph);
      this.#schemas.set(subgraph, schema);
    }
    return schema;
  }
}

function schemaOf(supergraph: DocumentNode, graph: string): GraphQLSchema {
  const query = queryTypeOf(supergraph);
  const all = supergraph.definitions.flatMap((definition) => definitionIn(definition, graph, query));
  const names = new Set(all.map((definition) => ('name' in definition ? definition.name?.value : undefined)));
  // Not every subgraph has mutations.
  const definitions = all.map((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION
      ? {
          ...definition,
          operationTypes: definition.operationTypes.filter(({ type }) => names.has(type.name.value)),
        }
      : definition,
  );
  const entities = definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ? [definition.name.value] : [],
  );
  const entity = parse(`scalar _Any union _Entity = ${entities.join(' | ')}`, { noLocation: true });
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [...definitions, ...entity.definitions],
  };
  return buildASTSchema(visit(document, { Directive: () => null, DirectiveDefinition: () => null }), {
    assumeValid: true,
    assumeValidSDL: true,
  });
}

const [ENTITIES] = parse('type Query { _entities(representations: [_Any!]!): [_Entity]! }', {
  noLocation: true,
}).definitions;

function queryTypeOf(supergraph: DocumentNode): string {
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION) continue;
    const root = definition.operationTypes.find(({ operation }) => operation === 'query');
    if (root) return root.type.name.value;
  }
  return 'Query';
}

function definitionIn(definition: DefinitionNode, graph: string, query: string): DefinitionNode[] {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
      return fieldedIn(definition, graph, definition.name.value === query);
    case Kind.UNION_TYPE_DEFINITION: {
      const members = namedBy(definition.directives, 'join__unionMember', 'member', graph);
      return members.length > 0 ? [{ ...definition, types: members }] : [];
    }
    case Kind.SCHEMA_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return [definition];
    default:
      return [];
  }
}

function fieldedIn(
  definition: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
  graph: string,
  isQuery: boolean,
): DefinitionNode[] {
  const types = applications(definition.directives, 'join__type').filter((join) => isFor(join, graph));
  if (types.length === 0 && !isQuery) return [];
  const fields = (definition.fields ?? []).flatMap((field) => {
    const joins = applications(field.directives, 'join__field');
    if (joins.length === 0) return types.length > 0 ? [field] : [];
    const join = joins.find((one) => isFor(one, graph));
    const type = join?.text('type');
    return join ? [{ ...field, type: type === undefined ? field.type : parseType(type) }] : [];
  });
  const isObject = types.some((join) => join.has('isInterfaceObject'));
  const more = isQuery && ENTITIES?.kind === Kind.OBJECT_TYPE_DEFINITION ? (ENTITIES.fields ?? []) : [];
  return [
    {
      ...definition,
      kind: isObject ? Kind.OBJECT_TYPE_DEFINITION : definition.kind,
      interfaces: namedBy(definition.directives, 'join__implements', 'interface', graph),
      fields: [...fields, ...more],
    },
  ];
}

function isFor(join: Application, graph: string): boolean {
  return join.text('graph') === graph;
}

/** The types that a directive names for one subgraph. */
function namedBy(
  directives: ObjectTypeDefinitionNode['directives'],
  directive: string,
  argument: string,
  graph: string,
): NamedTypeNode[] {
  return applications(directives, directive).flatMap((join) => {
    const value = isFor(join, graph) ? join.text(argument) : undefined;
    return value === undefined
      ? []
      : [{ kind: Kind.NAMED_TYPE as const, name: { kind: Kind.NAME as const, value } }];
  });
}

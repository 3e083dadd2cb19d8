/**
 * The whole graph as one plain schema of graphql-js, without federation: its answers are the truth that a
 * gateway's answers are held to. It shares the subgraphs' resolvers, and merges their SDL by itself: types of
 * one name are one type, federation's directives are gone, and what is `@inaccessible` does not exist.
 */
import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  graphql,
  isInterfaceType,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  visit,
} from 'graphql';
import { createDataset } from './data/dataset.ts';
import type { GraphContext } from './graph/module.ts';
import { SUBGRAPH_NAMES } from './graph/module.ts';
import { SUBGRAPHS, subgraphSdl } from './graph/modules.ts';
import { followTrips } from './graph/trip-records.ts';
import { World } from './world.ts';

function isObjectNode(node: DefinitionNode): node is ObjectTypeDefinitionNode {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION;
}

/** The definitions without what only federation understands. */
function withoutFederation(document: DocumentNode): DocumentNode {
  return visit(document, {
    SchemaExtension: () => null,
    FieldDefinition: (field) =>
      field.directives?.some((directive) => directive.name.value === 'inaccessible') ? null : undefined,
    Directive: { leave: () => null },
  });
}

function mergeObjects(
  one: ObjectTypeDefinitionNode,
  other: ObjectTypeDefinitionNode,
): ObjectTypeDefinitionNode {
  const named = <T extends { readonly name: { readonly value: string } }>(...nodes: readonly T[]) => [
    ...new Map(nodes.toReversed().map((node) => [node.name.value, node])).values(),
  ];
  return {
    ...one,
    interfaces: named(...(one.interfaces ?? []), ...(other.interfaces ?? [])),
    fields: named(...(one.fields ?? []), ...(other.fields ?? [])),
  };
}

function mergedDefinitions(): DocumentNode {
  const byName = new Map<string, DefinitionNode>();
  for (const name of SUBGRAPH_NAMES) {
    for (const definition of withoutFederation(parse(subgraphSdl(name))).definitions) {
      const typeName = 'name' in definition ? (definition.name?.value ?? '') : '';
      const before = byName.get(typeName);
      const merges = before && isObjectNode(before) && isObjectNode(definition);
      byName.set(typeName, merges ? mergeObjects(before, definition) : (before ?? definition));
    }
  }
  return { kind: Kind.DOCUMENT, definitions: [...byName.values()] };
}

function buildMonolithSchema(): GraphQLSchema {
  const schema = buildASTSchema(mergedDefinitions());
  for (const module of Object.values(SUBGRAPHS)) {
    for (const [typeName, resolvers] of Object.entries(module.resolvers)) {
      const type = schema.getType(typeName);
      if (!isObjectType(type) && !isInterfaceType(type)) throw new TypeError(`no object type ${typeName}`);
      for (const [fieldName, resolve] of Object.entries(resolvers)) {
        const field = type.getFields()[fieldName];
        if (!field) throw new TypeError(`no field ${typeName}.${fieldName}`);
        field.resolve = resolve;
      }
    }
  }
  return schema;
}

export const monolithSchema: GraphQLSchema = buildMonolithSchema();

export interface Monolith {
  readonly schema: GraphQLSchema;
  execute(
    query: string,
    variables?: Readonly<Record<string, unknown>>,
    userId?: string,
    operationName?: string,
  ): Promise<ExecutionResult>;
}

/** A monolith with data of its own: mutations change it for this one alone. */
export function createMonolith(): Monolith {
  const world = new World();
  const data = { ...createDataset(), users: world.users };
  followTrips(data, world.trips);
  return {
    schema: monolithSchema,
    execute(query, variables, userId, operationName) {
      const contextValue: GraphContext = { data, userId, world };
      return graphql({
        schema: monolithSchema,
        source: query,
        variableValues: variables,
        contextValue,
        operationName,
      });
    },
  };
}

const shared = createMonolith();

/** Executes over data that all callers share; `userId` is who `me` is. Mutations belong on a `createMonolith()`. */
export const executeMonolith: Monolith['execute'] = shared.execute;

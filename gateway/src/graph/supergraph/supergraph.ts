/**
 * A supergraph as it is loaded: which subgraphs there are, the schema that clients see (without what is
 * `@inaccessible`), which types stand under which, and its planner. Read once; nothing of it is looked at
 * while a request runs.
 */
import {
  buildASTSchema,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  specifiedDirectives,
  specifiedScalarTypes,
  validateSchema,
} from 'graphql';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type AccessRules, readAccessRules } from '../document/authorization-rules.ts';
import { CostWeights } from '../document/cost-weights.ts';
import { withDefer } from '../document/defer-rules.ts';
import { type ChosenPlanner, choosePlanner, type PlannerSettings } from '../plan/choose-planner.ts';
import { overrideLabels } from '../plan/override-labels.ts';
import type { Planner } from '../plan/plan.ts';
import { checkSupergraph } from './supergraph-check.ts';

export interface Subgraph {
  /** Its value in the supergraph's `join__Graph`. */
  readonly key: string;
  readonly name: string;
  /** As the supergraph states it; configuration may know better. Empty where it states none. */
  readonly url: string;
}

export interface Supergraph {
  readonly subgraphs: readonly Subgraph[];
  /** What clients see: for validation and introspection. */
  readonly schema: GraphQLSchema;
  readonly types: TypeIndex;
  readonly planner: Planner;
  /** What its fields ask of a caller. */
  readonly rules: AccessRules;
  /** What it says of costs. */
  readonly costs: CostWeights;
  /** The labels of its progressive `@override`s. */
  readonly overrideLabels: readonly string[];
}

/** Patient: for those who plan at leisure. */
const PATIENT: PlannerSettings = {
  choice: 'auto',
  clock: systemClock,
  budgetMs: 10_000,
  apolloBudgetMs: 30_000,
};

/** Loads a supergraph. Rejects with `FrontdeskError('internal')` whose detail says what is wrong with it. */
export async function loadSupergraph(sdl: string, settings: PlannerSettings = PATIENT): Promise<Supergraph> {
  let document: DocumentNode;
  try {
    document = parse(sdl, { noLocation: true });
  } catch (error) {
    throw invalid(error);
  }
  const subgraphs = subgraphsOf(document);
  if (subgraphs.length === 0) throw invalid(new Error('it has no join__Graph enum: not a supergraph'));
  let planner: ChosenPlanner | undefined;
  try {
    checkSupergraph(document);
    const rules = readAccessRules(document);
    planner = await choosePlanner(sdl, document, settings);
    const schema = consumerSchema(planner.consumerSdl);
    const faults = validateSchema(schema);
    if (faults[0]) throw faults[0];
    const types = new TypeIndex(document, subgraphs);
    const costs = new CostWeights(document);
    return { subgraphs, schema, types, planner, rules, costs, overrideLabels: overrideLabels(document) };
  } catch (error) {
    planner?.close();
    throw invalid(error);
  }
}

function invalid(error: unknown): FrontdeskError {
  const text = error instanceof Error ? error.message : String(error);
  return new FrontdeskError('internal', { detail: `the supergraph cannot be used: ${text}`, cause: error });
}

/** The subgraphs that `enum join__Graph` lists (join spec: `@join__graph(name:, url:)`). */
function subgraphsOf(document: DocumentNode): Subgraph[] {
  const subgraphs: Subgraph[] = [];
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) {
      const found: Record<string, string> = {};
      for (const directive of value.directives ?? []) {
        if (directive.name.value !== 'join__graph') continue;
        for (const argument of directive.arguments ?? []) {
          if (argument.value.kind === Kind.STRING) found[argument.name.value] = argument.value.value;
        }
      }
      subgraphs.push({
        key: value.name.value,
        name: found.name ?? value.name.value,
        url: found.url ?? '',
      });
    }
  }
  return subgraphs;
}

const BUILT_IN = new Set([
  ...specifiedScalarTypes.map((type) => type.name),
  ...specifiedDirectives.map((directive) => directive.name),
]);

/** The planner prints the introspection types and built-in names too; graphql-js has its own. */
function consumerSchema(sdl: string): GraphQLSchema {
  const document = parse(sdl, { noLocation: true });
  const definitions = document.definitions.flatMap((definition) => {
    if (!('name' in definition) || !definition.name) return [definition];
    if (definition.name.value.startsWith('__') || BUILT_IN.has(definition.name.value)) return [];
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [definition];
    const fields = definition.fields?.filter((field) => !field.name.value.startsWith('__')) ?? [];
    return [{ ...definition, fields }];
  });
  return buildASTSchema({ ...document, definitions: withDefer(definitions) }, { assumeValidSDL: true });
}

/** Which object types stand under which name, over the whole supergraph, inaccessible types included. */
export class TypeIndex {
  readonly #possible = new Map<string, Set<string>>();
  readonly #objects = new Set<string>();
  /** The names of all fields, whatever their types. */
  readonly fieldNames: ReadonlySet<string>;
  /** Whether a subgraph has an interface as an object (`@interfaceObject`). */
  hasInterfaceObjects = false;
  readonly #keyFields = new Map<string, Map<string, Set<string>>>();
  readonly #keys = new Map<string, ReadonlySet<string>[]>();
  /** Subgraph → names of its fields that require others, whatever their types. */
  readonly #requiring = new Map<string, Set<string>>();

  constructor(document: DocumentNode, subgraphs: readonly Subgraph[]) {
    const names = new Map(subgraphs.map(({ key, name }) => [key, name]));
    const fieldNames = new Set<string>();
    this.fieldNames = fieldNames;
    for (const definition of document.definitions) {
      if (
        definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
        definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ) {
        this.#addKeys(definition, names);
        for (const field of definition.fields ?? []) {
          fieldNames.add(field.name.value);
          this.#addRequiring(field, names);
        }
      }
      if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
        const name = definition.name.value;
        this.#objects.add(name);
        this.#add(name, name);
        for (const parent of definition.interfaces ?? []) this.#add(parent.name.value, name);
      } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
        for (const member of definition.types ?? []) this.#add(definition.name.value, member.name.value);
      }
    }
  }

  /** The fields at the top of those of a type's keys by which a subgraph resolves it. */
  keyFields(type: string, subgraph: string): ReadonlySet<string> {
    return this.#keyFields.get(type)?.get(subgraph) ?? NO_FIELDS;
  }

  /** Of each key by which a subgraph resolves a type, the fields at its top. */
  keys(type: string, subgraph: string): readonly ReadonlySet<string>[] {
    return this.#keys.get(`${subgraph} ${type}`) ?? [];
  }

  /** The names of the fields by which a subgraph requires others (`@requires`), whatever their types. */
  requiringFields(subgraph: string): ReadonlySet<string> {
    return this.#requiring.get(subgraph) ?? NO_FIELDS;
  }

  isObject(name: string): boolean {
    return this.#objects.has(name);
  }

  /**
   * The names that a `__typename` may have where one of `names` is asked for: object types, and the names
   * themselves (an interface object answers with its interface's name).
   */
  matching(names: readonly string[]): ReadonlySet<string> {
    const found = new Set(names);
    for (const name of names) for (const type of this.#possible.get(name) ?? []) found.add(type);
    return found;
  }

  /** Reads `@join__type(graph: A, key: "id org { id }")`: `id` and `org` for A. */
  #addKeys(
    definition: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
    names: ReadonlyMap<string, string>,
  ): void {
    const bySubgraph = new Map<string, Set<string>>();
    for (const directive of definition.directives ?? []) {
      if (directive.name.value !== 'join__type') continue;
      const values = new Map(directive.arguments?.map(({ name, value }) => [name.value, value]));
      const asObject = values.get('isInterfaceObject');
      if (asObject?.kind === Kind.BOOLEAN && asObject.value) this.hasInterfaceObjects = true;
      const graph = values.get('graph');
      const key = values.get('key');
      const resolvable = values.get('resolvable');
      if (graph?.kind !== Kind.ENUM || key?.kind !== Kind.STRING) continue;
      if (resolvable?.kind === Kind.BOOLEAN && !resolvable.value) continue;
      const subgraph = names.get(graph.value) ?? graph.value;
      const fields = bySubgraph.get(subgraph) ?? new Set();
      bySubgraph.set(subgraph, fields);
      const top = topFields(key.value);
      for (const field of top) fields.add(field);
      const coordinate = `${subgraph} ${definition.name.value}`;
      this.#keys.set(coordinate, [...(this.#keys.get(coordinate) ?? []), new Set(top)]);
    }
    this.#keyFields.set(definition.name.value, bySubgraph);
  }

  /** Reads `@join__field(graph: A, requires: "price")`. */
  #addRequiring(field: FieldDefinitionNode, names: ReadonlyMap<string, string>): void {
    for (const { name, arguments: given } of field.directives ?? []) {
      if (name.value !== 'join__field') continue;
      const values = new Map(given?.map((argument) => [argument.name.value, argument.value]));
      const graph = values.get('graph');
      if (graph?.kind !== Kind.ENUM || !values.has('requires')) continue;
      const subgraph = names.get(graph.value) ?? graph.value;
      const fields = this.#requiring.get(subgraph) ?? new Set();
      this.#requiring.set(subgraph, fields.add(field.name.value));
    }
  }

  #add(parent: string, type: string): void {
    const types = this.#possible.get(parent);
    if (types) types.add(type);
    else this.#possible.set(parent, new Set([type]));
  }
}

const NO_FIELDS: ReadonlySet<string> = new Set();

function topFields(selection: string): string[] {
  const [definition] = parse(`{${selection}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return [];
  return definition.selectionSet.selections.flatMap((field) =>
    field.kind === Kind.FIELD ? [field.name.value] : [],
  );
}

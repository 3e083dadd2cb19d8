/**
 * A query of screens, compiled: which of them it asks for, which of their parts, and what of each part's value. It makes
 * whole answers alone. Where a part failed, or anything is not as the schema promises, there is none: graphql-js executes the
 * operation then, on the same runs of the same screens, and finds every part as it was, so that nothing is fetched twice and
 * errors are graphql-js's own.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  getVariableValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql';
import type { ScreenAnswer } from '../../bff/screen/engine.ts';
import type { Screen } from '../../bff/screen/screen.ts';
import { argumentsOf } from './arguments.ts';
import { hasDefer } from './defer.ts';
import { partOf, screenOf } from './graphql-screen.ts';
import type { RequestRuns } from './request-runs.ts';
import { type SelectionScope, selectedKeys, selectionsBelow } from './selected-keys.ts';
import { IRREGULAR, type Projection, projectionTo, safeKey } from './value-projection.ts';

/** Each combination of what `@skip` and `@include` go by is compiled by itself; those that come after these are not. */
const MAX_FORMS = 16;

type Values = Readonly<Record<string, unknown>>;

/** Whose screens an operation runs. */
export type ScreenRuns = Pick<RequestRuns, 'runOf'>;

interface PartKey {
  readonly key: string;
  readonly name: string;
  readonly project: Projection;
}

interface ScreenKey {
  readonly key: string;
  readonly screen: Screen;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  /** Keys that are what they are, and those of parts, in the order that was asked for. */
  readonly members: readonly (PartKey | TypeKey)[];
  /** Each once. */
  readonly parts: readonly string[];
}

/** A key that is answered with a type's name. */
interface TypeKey {
  readonly key: string;
  readonly typeName: string;
}

type RootKey = ScreenKey | TypeKey;

/** An operation of a valid document. */
export class CompiledQuery {
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The variables that decide what is selected. */
  readonly #conditions: readonly string[];
  readonly #isOurs: boolean;
  /** By what the conditions are; `undefined`: for graphql-js. */
  readonly #forms = new Map<string, readonly RootKey[] | undefined>();

  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    this.#operation = operation;
    this.#fragments = fragmentsOf(document);
    this.#conditions = conditionsOf(document, operation);
    this.#isOurs = operation.operation === OperationTypeNode.QUERY && !hasDefer(document);
  }

  /** The answer's data where it is whole, else `undefined`. Never rejects. */
  async data(runs: ScreenRuns, given: Values | undefined): Promise<Record<string, unknown> | undefined> {
    if (!this.#isOurs) return undefined;
    try {
      const variables = this.#variables(given);
      const roots = variables && this.#rootsFor(variables);
      return roots && (await answer(roots, runs, variables));
    } catch {
      // Whatever it was: graphql-js meets it again, and tells it.
      return undefined;
    }
  }

  #variables(given: Values | undefined): Values | undefined {
    const { variableDefinitions } = this.#operation;
    if (!variableDefinitions || variableDefinitions.length === 0) return NONE;
    return getVariableValues(this.#schema, variableDefinitions, given ?? NONE).coerced;
  }

  #rootsFor(variables: Values): readonly RootKey[] | undefined {
    let form = '';
    for (const name of this.#conditions) {
      const truth = variables[name];
      // A null, where a default would have stood in for nothing, graphql-js refuses.
      if (typeof truth !== 'boolean') throw IRREGULAR;
      form += truth ? '1' : '0';
    }
    if (this.#forms.has(form)) return this.#forms.get(form);
    if (this.#forms.size >= MAX_FORMS) return undefined;
    const roots = this.#compiled(variables);
    this.#forms.set(form, roots);
    return roots;
  }

  #compiled(variables: Values): readonly RootKey[] | undefined {
    try {
      const scope = { schema: this.#schema, fragments: this.#fragments, variables };
      return rootsOf(scope, this.#operation);
    } catch {
      return undefined;
    }
  }
}

const NONE: Values = {};

/** Screens are begun in the order that was asked for, and all of them in this turn. */
async function answer(
  roots: readonly RootKey[],
  runs: ScreenRuns,
  variables: Values,
): Promise<Record<string, unknown> | undefined> {
  const begun = roots.map((root) => ('screen' in root ? begin(root, runs, variables) : undefined));
  const [only] = begun;
  const answers = begun.length === 1 ? [only && (await only)] : await Promise.all(begun);
  const data: Record<string, unknown> = {};
  for (const [i, root] of roots.entries()) {
    const found = answers[i];
    if ('typeName' in root) data[root.key] = root.typeName;
    else if (!found || found.incomplete.length > 0) return undefined;
    else data[root.key] = shown(root, found);
  }
  return data;
}

function begin({ screen, field, node, parts }: ScreenKey, runs: ScreenRuns, variables: Values) {
  const given = field.args.length > 0 ? getArgumentValues(field, node, variables) : NONE;
  return runs.runOf(screen, argumentsOf(screen, given)).all(parts);
}

function shown({ members }: ScreenKey, { values }: ScreenAnswer): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const member of members) {
    made[member.key] = 'typeName' in member ? member.typeName : member.project(values[member.name]);
  }
  return made;
}

function rootsOf(scope: SelectionScope, { selectionSet }: OperationDefinitionNode): readonly RootKey[] {
  const query = scope.schema.getQueryType();
  if (!query) throw IRREGULAR;
  return [...selectedKeys(scope, query, [selectionSet])].map(([key, nodes]): RootKey => {
    const [node] = nodes;
    if (!node) throw IRREGULAR;
    if (node.name.value === '__typename') return { key: safeKey(key), typeName: query.name };
    const field = query.getFields()[node.name.value];
    const screen = field && screenOf(field);
    const type = field && getNullableType(field.type);
    // A screen with policies asks for them each time.
    if (!screen || screen.policies.length > 0 || !isObjectType(type)) throw IRREGULAR;
    const members = [...selectedKeys(scope, type, selectionsBelow(nodes))].map(([partKey, asked]) =>
      memberOf(scope, type, safeKey(partKey), asked),
    );
    const parts = new Set(members.flatMap((member) => ('name' in member ? [member.name] : [])));
    return { key: safeKey(key), screen, field, node, members, parts: [...parts] };
  });
}

function memberOf(
  scope: SelectionScope,
  type: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): PartKey | TypeKey {
  const asked = nodes[0]?.name.value ?? '';
  if (asked === '__typename') return { key, typeName: type.name };
  const field = type.getFields()[asked];
  const name = field && partOf(field);
  if (!field || name === undefined || field.args.length > 0) throw IRREGULAR;
  return { key, name, project: projectionTo(scope, field.type, nodes) };
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  return fragments;
}

/** Those of the operation's variables that stand in a condition. */
function conditionsOf(
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return variableDefinitions.map(({ variable }) => variable.name.value).filter((name) => names.has(name));
}

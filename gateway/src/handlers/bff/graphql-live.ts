/**
 * A live stream as a field of the root type `Subscription`: it is of its screen's type, and each event is the whole
 * current state of what the operation selects. Only the parts that are selected are read and followed.
 */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLDirective,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { type Live, partsOf } from '../../bff/live/live.ts';
import type { LiveRun, LiveState } from '../../bff/live/live-run.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { argumentsOf, bindArguments } from './arguments.ts';
import { bindParts, type OperationField, type OperationTypes } from './graphql-screen.ts';
import type { RequestRuns } from './request-runs.ts';
import type { PartsOfState } from './stream-slot.ts';

/** Hangs the stream's resolvers on the schema. What does not fit goes to `faults`, a line each. */
export function bindLive(
  live: Live,
  root: GraphQLObjectType,
  field: OperationField,
  types: OperationTypes,
  faults: string[],
): void {
  const where = `${root.name}.${live.field}`;
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  if (!isObjectType(type)) {
    faults.push(`live ${live.path}: ${where} is not of an object type`);
    return;
  }
  const owner = types.get(type);
  if (owner && owner !== live.screen) {
    faults.push(
      `${owner.kind} ${owner.path} and live ${live.path}: both are of type ${type.name}; give each its own`,
    );
    return;
  }
  if (!owner && live.screen && [...types.values()].includes(live.screen)) {
    faults.push(`live ${live.path}: ${where} must be of the type of its screen, ${live.screen.field}`);
    return;
  }
  bindArguments(live, root.name, field, faults);
  if (!owner) {
    types.set(type, live.screen ?? live);
    if (live.screen) bindParts(live.screen, type, faults);
    else bindFeeds(live, type, faults);
  }
  const followed = partsOf(live);
  field.subscribe = async (_source, given, runs: RequestRuns, info) => {
    const input = argumentsOf(live, given);
    const refused = await runs.refusalOf(live);
    if (refused) throw refused;
    const selected = selectedNames(info);
    return states(
      await runs.follow(
        live,
        input,
        followed.filter((name) => selected.has(name)),
      ),
    );
  };
  field.resolve = (state) => state;
}

/** Without a screen every part begins as null. */
function bindFeeds(live: Live, type: GraphQLObjectType, faults: string[]): void {
  const fields = type.getFields();
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(live.updates, name)) {
      faults.push(`${type.name}.${name}: live ${live.path} has no such part`);
    }
  }
  for (const name of Object.keys(live.updates)) {
    const field = fields[name];
    if (!field) {
      faults.push(`live ${live.path}: the schema has no ${type.name}.${name}`);
      continue;
    }
    if (isNonNullType(field.type)) {
      faults.push(`${type.name}.${name}: it is null until its feed speaks, so it must be nullable`);
    }
    field.resolve = async (state: PartsOfState) => (await state.part(name)).value;
  }
}

function partsOfState({ outcomes, incomplete }: LiveState): PartsOfState {
  return {
    incomplete,
    async part(name) {
      const known = outcomes.get(name);
      return known ?? { name, value: null, failure: undefined, partial: false, freshness: undefined };
    },
  };
}

/** The states of a stream, each at the client's pace. Who leaves ends it. */
async function* states(run: LiveRun): AsyncGenerator<PartsOfState, void, undefined> {
  try {
    for (let state = await run.nextState(); state; state = await run.nextState()) yield partsOfState(state);
  } finally {
    run.end(new FrontdeskError('client_closed', { detail: 'a subscription was left' }));
  }
}

/** The names of the root field's own fields that are selected, whatever their aliases, by the variables given. */
export function selectedNames(
  info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues'>,
): ReadonlySet<string> {
  const { fieldNodes, fragments, variableValues } = info;
  const names = new Set<string>();
  const seen = new Set<FragmentDefinitionNode>();
  const isOut = (node: Pick<FieldNode, 'directives'>): boolean =>
    condition(GraphQLSkipDirective, node, variableValues) === true ||
    condition(GraphQLIncludeDirective, node, variableValues) === false;
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (isOut(selection)) continue;
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else {
        const fragment = fragments[selection.name.value];
        if (!fragment || seen.has(fragment)) continue;
        seen.add(fragment);
        visit(fragment.selectionSet);
      }
    }
  };
  for (const { selectionSet } of fieldNodes) if (selectionSet) visit(selectionSet);
  return names;
}

function condition(
  directive: GraphQLDirective,
  node: Pick<FieldNode, 'directives'>,
  variables: GraphQLResolveInfo['variableValues'],
): unknown {
  return getDirectiveValues(directive, node, variables)?.if;
}

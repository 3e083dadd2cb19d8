/**
 * Fetches entities some of whose arguments take their values from further up in the answer (`@context` and
 * `@fromContext`). Entities whose arguments have the same values are one list; all lists travel in one request, each
 * under an alias and with variables of its own.
 */
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  parse,
  print,
  type SelectionNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { ContextArgument, EntitiesNode, EntityBatch, PlanPath } from '../plan/plan.ts';
import type { TypeIndex } from '../supergraph/supergraph.ts';
import { type DataObject, getOwn, isDataObject } from './data.ts';
import { type CompiledBatch, type Gathered, gatherFrom, scatter } from './entity-batch.ts';
import { Failure } from './failure.ts';
import type { SendToSubgraph } from './fetch.ts';
import { failKeys } from './places.ts';
import type { Run, RunPlan } from './run.ts';
import { requestPrefix, takeErrors, variablesText } from './subgraph-request.ts';

/** Lists in one request; more travel in further ones. */
const MAX_LISTS = 50;

/** Entities with the same values for their arguments. */
interface Group {
  /** By the variable's name, JSON. */
  readonly values: ReadonlyMap<string, string>;
  readonly places: DataObject[];
}

interface Asked {
  readonly values: ReadonlyMap<string, string>;
  readonly gathered: Gathered;
}

export function compileContexts(
  node: EntitiesNode,
  { paths, variable, contexts = [] }: EntityBatch,
  batch: CompiledBatch,
  send: SendToSubgraph,
  types: TypeIndex,
): RunPlan {
  const collect = paths.map((path) => compileAncestry(path, types));
  const read = compileValues(contexts, types);
  const several = severalLists(node, [variable, ...new Set(contexts.map((context) => context.variable))]);
  const ask = async (run: Run, asked: readonly Asked[]): Promise<void> => {
    let variables = variablesText(node.variables, run.variables);
    const add = (name: string, text: string): void => {
      variables += `${variables === '' ? '' : ','}${JSON.stringify(name)}:${text}`;
    };
    asked.forEach(({ values, gathered }, index) => {
      add(suffixed(variable, index), `[${gathered.texts.join(',')}]`);
      for (const [name, text] of values) add(suffixed(name, index), text);
    });
    const { context, forwarded, replyFields } = run;
    const reply = await send({
      context,
      forwarded,
      replyFields,
      body: `${several(asked.length)}${variables}}}`,
    });
    takeErrors(run, reply);
    asked.forEach(({ gathered }, index) => {
      scatter({ ...batch, alias: suffixed(batch.alias, index) }, gathered, reply, run, node.subgraph);
    });
  };
  return async (run) => {
    const groups = new Map<string, Group>();
    for (const find of collect) find(run.data, (place, above) => addTo(groups, place, read(above), batch));
    const asked: Asked[] = [];
    for (const { values, places } of groups.values()) {
      const gathered = gatherFrom(batch, places);
      if (gathered.texts.length > 0) asked.push({ values, gathered });
    }
    const requests: Promise<void>[] = [];
    for (let i = 0; i < asked.length; i += MAX_LISTS) requests.push(ask(run, asked.slice(i, i + MAX_LISTS)));
    await Promise.all(requests);
  };
}

type Values = ReadonlyMap<string, string> | Failure;

function addTo(groups: Map<string, Group>, place: DataObject, values: Values, batch: CompiledBatch): void {
  if (values instanceof Failure) {
    // What it depends on failed, and so does it.
    failKeys(
      place,
      batch.keys,
      values.entries.slice(0, 1).map((entry) => ({ ...entry, below: [], fromParent: false })),
    );
    return;
  }
  const key = [...values.values()].join();
  const group = groups.get(key);
  if (group) group.places.push(place);
  else groups.set(key, { values, places: [place] });
}

/** Calls `found` with each object at the end of a path and those above it, the outermost first. */
type FindPlaces = (
  root: DataObject,
  found: (place: DataObject, above: readonly DataObject[]) => void,
) => void;

function compileAncestry(path: PlanPath, types: TypeIndex): FindPlaces {
  const steps = path.map((segment) =>
    segment.kind === 'field' ? segment.name : types.matching(segment.types),
  );
  return (root, found) => {
    const above: DataObject[] = [];
    const walk = (value: unknown, index: number): void => {
      if (Array.isArray(value)) {
        for (const item of value) walk(item, index);
        return;
      }
      if (!isDataObject(value)) return;
      const step = steps[index];
      if (step === undefined) {
        found(value, above);
      } else if (typeof step === 'string') {
        above.push(value);
        walk(getOwn(value, step), index + 1);
        above.pop();
      } else if (isOf(value, step)) {
        walk(value, index + 1);
      }
    };
    walk(root, 0);
  };
}

function isOf(object: DataObject, types: ReadonlySet<string>): boolean {
  const typename = getOwn(object, '__typename');
  return typeof typename === 'string' && types.has(typename);
}

/** The values of all arguments for a place below these objects; of one argument, the first that is there. */
function compileValues(
  contexts: readonly ContextArgument[],
  types: TypeIndex,
): (above: readonly DataObject[]) => Values {
  const readers = contexts.map(({ variable, up, path }) => ({
    variable,
    up,
    steps: path.map((segment) => (segment.kind === 'key' ? segment.name : types.matching(segment.types))),
  }));
  const names = [...new Set(contexts.map(({ variable }) => variable))];
  return (above) => {
    const values = new Map(names.map((name) => [name, 'null']));
    const known = new Set<string>();
    for (const { variable, up, steps } of readers) {
      if (known.has(variable)) continue;
      const value = follow(above[above.length - up], steps);
      if (value instanceof Failure) return value;
      if (value === undefined) continue;
      known.add(variable);
      values.set(variable, JSON.stringify(value));
    }
    return values;
  };
}

/** `undefined` where the path leads nowhere: another type, or a field that was not fetched. Lists are followed item by item. */
function follow(from: unknown, steps: readonly (string | ReadonlySet<string>)[]): unknown {
  let value = from;
  for (const [index, step] of steps.entries()) {
    if (value === null || value instanceof Failure) return value;
    if (Array.isArray(value)) {
      const items = value.map((item) => follow(item, steps.slice(index)));
      return items.find((item) => item instanceof Failure) ?? items.map((item) => item ?? null);
    }
    if (!isDataObject(value)) return undefined;
    if (typeof step === 'string') value = getOwn(value, step);
    else if (getOwn(value, '__typename') !== undefined && !isOf(value, step)) return undefined;
  }
  return value;
}

function suffixed(name: string, index: number): string {
  return `${name}_${index}`;
}

/** The request up to its variables, for so many lists: made once for each number. */
function severalLists(node: EntitiesNode, own: readonly string[]): (lists: number) => string {
  const document = parse(node.operation, { noLocation: true });
  const prefixes: string[] = [];
  return (lists) => {
    const known = prefixes[lists];
    if (known !== undefined) return known;
    const operation = print(repeated(document, new Set(own), lists));
    const prefix = requestPrefix({ operation, operationName: node.operationName });
    prefixes[lists] = prefix;
    return prefix;
  };
}

/** The document with its root field and its own variables repeated, numbered. */
function repeated(document: DocumentNode, own: ReadonlySet<string>, lists: number): DocumentNode {
  const numbers = Array.from({ length: lists }, (_, index) => index);
  return visit(document, {
    OperationDefinition(operation) {
      const variableDefinitions = (operation.variableDefinitions ?? []).flatMap((definition) =>
        own.has(definition.variable.name.value)
          ? numbers.map((index): VariableDefinitionNode => numbered(definition, own, index))
          : [definition],
      );
      const selections = operation.selectionSet.selections.flatMap((selection): SelectionNode[] =>
        selection.kind === Kind.FIELD
          ? numbers.map((index) => {
              const value = suffixed(selection.alias?.value ?? selection.name.value, index);
              return { ...numbered(selection, own, index), alias: { kind: Kind.NAME, value } };
            })
          : [selection],
      );
      return { ...operation, variableDefinitions, selectionSet: { ...operation.selectionSet, selections } };
    },
  });
}

function numbered<N extends FieldNode | VariableDefinitionNode>(
  node: N,
  own: ReadonlySet<string>,
  index: number,
): N {
  return visit(node, {
    Variable(variable) {
      const name = variable.name.value;
      if (!own.has(name)) return undefined;
      return { ...variable, name: { ...variable.name, value: suffixed(name, index) } };
    },
  });
}

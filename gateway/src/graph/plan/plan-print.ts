/**
 * A query plan as a tree for people to read: `frontdesk plan`. Beside each fetch stands its cost: how many objects it
 * is expected to touch, where a list of which nothing is known counts as ten.
 */
import { parse, print } from 'graphql';
import type { SelectionShape, ValueShape } from '../answer/shape.ts';
import { clientKey } from '../document/document.ts';
import { ASSUMED_LIST_SIZE } from '../document/slicing.ts';
import type { WrittenKey } from '../execute/data.ts';
import { writtenKeys } from '../execute/written.ts';
import type { PlannedOperation } from '../request.ts';
import type { DeferNode, EntitiesNode, FetchNode, PlanNode, PlanPath } from './plan.ts';
import { fetchesOf } from './plan.ts';

export function printPlan(planned: PlannedOperation): string {
  const { plan, operation, shape, cost } = planned;
  const fetches = [...fetchesOf(plan)];
  const objects = fetches.reduce((sum, fetch) => sum + fetchCost(fetch, shape), 0);
  const name = operation.name ? ` ${operation.name.value}` : '';
  const count = `${fetches.length} ${fetches.length === 1 ? 'fetch' : 'fetches'}`;
  const head = `${operation.operation}${name}  (cost ${cost}; ${count} of ${objects} objects)`;
  if (!plan) return `${head}\n└─ nothing to fetch\n`;
  return `${[head, ...branch(printNode(plan, shape), true)].join('\n')}\n`;
}

/** How many objects a fetch is expected to touch. */
export function fetchCost(node: FetchNode | EntitiesNode, root: SelectionShape): number {
  const keys = writtenKeys(node.operation);
  if (node.kind === 'fetch') {
    const place = follow(root, node.path);
    return Math.max(1, objectsOf(keys, place.selection, place.times));
  }
  let cost = 0;
  for (const batch of node.batches) {
    const below = keys.find(({ key }) => key === batch.alias)?.below ?? [];
    for (const path of batch.paths) {
      const { selection, times } = follow(root, path);
      cost += times + objectsOf(below, selection, times);
    }
  }
  return cost;
}

function objectsOf(
  keys: readonly WrittenKey[],
  selection: SelectionShape | undefined,
  times: number,
): number {
  let objects = 0;
  for (const { key, below } of keys) {
    if (below.length === 0) continue;
    const value = selection && fieldValue(selection, key);
    const count = times * lengthOf(value);
    objects += count + objectsOf(below, selectionOf(value), count);
  }
  return objects;
}

function follow(
  root: SelectionShape,
  path: PlanPath,
): { selection: SelectionShape | undefined; times: number } {
  let selection: SelectionShape | undefined = root;
  let times = 1;
  for (const segment of path) {
    if (segment.kind !== 'field') continue;
    const value: ValueShape | undefined = selection && fieldValue(selection, segment.name);
    times *= lengthOf(value);
    selection = selectionOf(value);
  }
  return { selection, times };
}

function fieldValue(selection: SelectionShape, source: string): ValueShape | undefined {
  for (const fields of selection.byType.values()) {
    for (const field of fields) if (field.source === source) return field.value;
  }
  return undefined;
}

function lengthOf(value: ValueShape | undefined): number {
  return value?.kind === 'list' ? ASSUMED_LIST_SIZE * lengthOf(value.item) : 1;
}

function selectionOf(value: ValueShape | undefined): SelectionShape | undefined {
  if (value?.kind === 'list') return selectionOf(value.item);
  return value?.kind === 'object' ? value.selection : undefined;
}

/** A node's lines, its children drawn below it. */
function printNode(node: PlanNode, root: SelectionShape): string[] {
  switch (node.kind) {
    case 'fetch':
    case 'entities':
      return [fetchHead(node, root), ...document(node.operation)];
    case 'condition': {
      const lines = [`if $${node.variable}`];
      const branches: [string, PlanNode | undefined][] = [
        ['then', node.ifTrue],
        ['else', node.ifFalse],
      ];
      const present = branches.filter(([, child]) => child !== undefined);
      present.forEach(([label, child], index) => {
        if (!child) return;
        const inner = [label, ...branch(printNode(child, root), true)];
        lines.push(...branch(inner, index === present.length - 1));
      });
      return lines;
    }
    case 'subscription': {
      const { primary, rest } = node;
      const lines = [fetchHead(primary, root), ...document(primary.operation)];
      if (rest) lines.push(...branch(['for each event', ...branch(printNode(rest, root), true)], true));
      return lines;
    }
    case 'defer':
      return printDefer(node, root);
    default: {
      const last = node.nodes.length - 1;
      return [
        node.kind,
        ...node.nodes.flatMap((child, index) => branch(printNode(child, root), index === last)),
      ];
    }
  }
}

const WHAT = { query: 'fetch', mutation: 'mutate', subscription: 'subscribe' } as const;

function printDefer(node: DeferNode, root: SelectionShape): string[] {
  const parts: [string, PlanNode | undefined][] = [
    ['at once', node.primary],
    ...node.deferred.map(({ label, node: part }): [string, PlanNode | undefined] => [`later ${label}`, part]),
  ];
  const lines = ['defer'];
  parts.forEach(([head, part], index) => {
    const below = part ? branch(printNode(part, root), true) : ['└─ nothing to fetch'];
    lines.push(...branch([head, ...below], index === parts.length - 1));
  });
  return lines;
}

function fetchHead(node: FetchNode | EntitiesNode, root: SelectionShape): string {
  const cost = `(cost ${fetchCost(node, root)})`;
  const what = WHAT[node.operationKind];
  if (node.kind === 'fetch') {
    const at = node.path.length > 0 ? ` at ${printPath(node.path)}` : '';
    return `${what} ${node.subgraph}${at}  ${cost}`;
  }
  const places = node.batches.flatMap((batch) => batch.paths.map(printPath));
  return `entities ${node.subgraph} at ${places.join(', ')}  ${cost}`;
}

/** A place in the answer: `user.orders`. */
export function printPath(path: PlanPath): string {
  let text = '';
  for (const segment of path) {
    if (segment.kind === 'type') text += `[${segment.types.join('|')}]`;
    else text += `${text === '' ? '' : '.'}${clientKey(segment.name)}`;
  }
  return text;
}

function document(operation: string): string[] {
  return print(parse(operation, { noLocation: true }))
    .split('\n')
    .map((line) => `   ${line}`);
}

function branch(lines: readonly string[], isLast: boolean): string[] {
  return lines.map((line, index) => {
    if (index === 0) return `${isLast ? '└─' : '├─'} ${line}`;
    return `${isLast ? '  ' : '│ '} ${line}`;
  });
}

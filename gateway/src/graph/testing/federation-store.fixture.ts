/** The table of data of a federation, as resolvers read it: one for each execution. */
import { Kind, type SelectionNode } from 'graphql';
import type { FederationData, Row, Value } from './federation.fixture.ts';

export type Arguments = Readonly<Record<string, unknown>>;

/** The data as one execution sees it. */
export class Store {
  readonly data: FederationData;
  /** Mutation fields that ran. */
  changes = 0;

  constructor(data: FederationData) {
    this.data = data;
  }

  row(name: string): Row {
    const row = this.data.rows[name];
    if (!row) throw new Error(`no row ${name}`);
    return row;
  }

  knows(subgraph: string, name: string): boolean {
    return !this.data.unknown?.[subgraph]?.includes(name);
  }

  /** A value as a resolver returns it; `wrap` makes what stands for a row. */
  resolved(value: Value | undefined, args: Arguments, wrap: (name: string) => unknown): unknown {
    if (value === undefined || value === null) return null;
    if (isList(value)) {
      const { first } = args;
      const items = typeof first === 'number' ? value.slice(0, Math.max(0, first)) : value;
      return items.map((item) => this.resolved(item, {}, wrap));
    }
    if (typeof value === 'object') {
      if ('ref' in value) return args.none === true ? null : wrap(value.ref);
      // graphql-js takes a returned error for a thrown one, within lists as well.
      if ('error' in value) return new Error(value.error);
      if ('changes' in value) return `${value.changes}@${this.changes}`;
      return value.json;
    }
    return typeof value === 'string' && Object.keys(args).length > 0 ? `${value}${canonical(args)}` : value;
  }
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Reads a set of fields from something, as text in the order of the set. */
export function readSet(
  selections: readonly SelectionNode[],
  read: (name: string, below: readonly SelectionNode[]) => unknown,
  holds: (type: string) => boolean,
): string {
  const found = new Map<string, unknown>();
  const collect = (nodes: readonly SelectionNode[]): void => {
    for (const node of nodes) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const type = node.typeCondition?.name.value;
        if (type === undefined || holds(type)) collect(node.selectionSet.selections);
      } else if (node.kind === Kind.FIELD && node.name.value !== '__typename') {
        const value = read(node.name.value, node.selectionSet?.selections ?? []);
        if (value !== undefined) found.set(node.name.value, value);
      }
    }
  };
  collect(selections);
  return `{${[...found].map(([name, value]) => `${name}:${String(value)}`).join()}}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What the fetches of a plan write, read from the documents they send: the keys of each reply (all that is ever
 * merged: a key that was not asked for stays out), and whether two places may share one object.
 */
import { type DocumentNode, type FieldNode, Kind, parse, print, type SelectionSetNode } from 'graphql';
import { type Fragments, fragmentsOf, groupByKey } from '../document/document.ts';
import type { OutputRewrite, PlanNode, PlanPath } from '../plan/plan.ts';
import { fetchesOf } from '../plan/plan.ts';
import type { WrittenKey } from './data.ts';

/** The keys of a fetch's reply, by its document. */
export function writtenKeys(operation: string): readonly WrittenKey[] {
  const document = parse(operation, { noLocation: true });
  const fragments = fragmentsOf(document);
  const set = rootSelection(document);
  return set ? keysOf([set], fragments) : [];
}

function rootSelection(document: DocumentNode): SelectionSetNode | undefined {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) return definition.selectionSet;
  }
  return undefined;
}

function keysOf(sets: readonly SelectionSetNode[], fragments: Fragments): WrittenKey[] {
  return [...groupByKey(sets, fragments)].map(([key, fields]) => ({
    key,
    signature: [...new Set(fields.map(signatureOf))].sort().join('|'),
    below: keysOf(
      fields.flatMap((field) => field.selectionSet ?? []),
      fragments,
    ),
  }));
}

/** The field and its arguments, without alias, directives and selection. */
function signatureOf(field: FieldNode): string {
  return print({ kind: Kind.FIELD, name: field.name, arguments: field.arguments ?? [] });
}

/** The keys as they are after the reply's rewrites. */
export function renameKeys(
  keys: readonly WrittenKey[],
  rewrites: readonly OutputRewrite[],
): readonly WrittenKey[] {
  return rewrites.reduce((renamed, rewrite) => {
    const path = rewrite.path.flatMap((segment) => (segment.kind === 'key' ? [segment.name] : []));
    return renameAt(renamed, path, rewrite.renameTo);
  }, keys);
}

function renameAt(keys: readonly WrittenKey[], path: readonly string[], to: string): readonly WrittenKey[] {
  const [first, ...rest] = path;
  const renamed = keys.map((written) => {
    if (written.key !== first) return written;
    return rest.length > 0
      ? { ...written, below: renameAt(written.below, rest, to) }
      : { ...written, key: to };
  });
  const merged = new Map<string, WrittenKey>();
  for (const written of renamed) {
    const known = merged.get(written.key);
    merged.set(written.key, known ? join(known, written) : written);
  }
  return [...merged.values()];
}

function join(a: WrittenKey, b: WrittenKey): WrittenKey {
  const signature = [...new Set([...a.signature.split('|'), ...b.signature.split('|')])].sort().join('|');
  return { key: a.key, signature, below: [...a.below, ...b.below] };
}

/** All that a whole plan writes, as a tree of keys; types and lists are not told apart. */
export class WrittenTree {
  /** Keys whose lists and objects may stand at several places: what entity fetches bring is merged into each. */
  readonly shared = new Set<string>();
  /** Whether a value depends on what stands above it: then no two places may share one object. */
  #contextual = false;
  readonly #root: Branch = { signatures: new Set(), below: new Map() };

  static of(plan: PlanNode | undefined): WrittenTree {
    const tree = new WrittenTree();
    for (const fetch of fetchesOf(plan)) {
      const keys = writtenKeys(fetch.operation);
      if (fetch.kind === 'fetch') {
        tree.#add(fetch.path, renameKeys(keys, fetch.outputRewrites));
        continue;
      }
      for (const batch of fetch.batches) {
        if (batch.contexts) tree.#contextual = true;
        const entity = keys.find((written) => written.key === batch.alias)?.below ?? [];
        const renamed = renameKeys(entity, batch.outputRewrites);
        for (const path of batch.paths) tree.#add(path, renamed);
        for (const { key, below } of renamed) if (below.length > 0) tree.shared.add(key);
      }
    }
    return tree;
  }

  /** Whether an object that stands at all of these places would be written differently by two of them. */
  conflicts(paths: readonly PlanPath[]): boolean {
    if (this.#contextual) return true;
    const branches = paths.map((path) => this.#at(path));
    return branches.some((branch, index) => branches.slice(index + 1).some((other) => differ(branch, other)));
  }

  /** The fields, each with its arguments, that are written at the end of `keys` from the place of a path on. */
  signatures(path: PlanPath, keys: readonly string[]): ReadonlySet<string> {
    return keys.reduce(branchAt, this.#at(path)).signatures;
  }

  #at(path: PlanPath): Branch {
    let branch = this.#root;
    for (const segment of path) if (segment.kind === 'field') branch = branchAt(branch, segment.name);
    return branch;
  }

  #add(path: PlanPath, keys: readonly WrittenKey[]): void {
    addKeys(this.#at(path), keys);
  }
}

interface Branch {
  readonly signatures: Set<string>;
  readonly below: Map<string, Branch>;
}

function branchAt(branch: Branch, key: string): Branch {
  let below = branch.below.get(key);
  if (!below) {
    below = { signatures: new Set(), below: new Map() };
    branch.below.set(key, below);
  }
  return below;
}

function addKeys(branch: Branch, keys: readonly WrittenKey[]): void {
  for (const { key, signature, below } of keys) {
    const found = branchAt(branch, key);
    for (const part of signature.split('|')) found.signatures.add(part);
    addKeys(found, below);
  }
}

function differ(a: Branch, b: Branch): boolean {
  for (const [key, mine] of a.below) {
    const theirs = b.below.get(key);
    if (!theirs) continue;
    if (!sameMembers(mine.signatures, theirs.signatures) || differ(mine, theirs)) return true;
  }
  return false;
}

function sameMembers(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member));
}

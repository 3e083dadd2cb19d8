/**
 * Whether what a plan sends as required was asked for with the arguments that `@requires` names. A representation takes
 * a value by its key alone; where the client, or another requirement, has the same field with other arguments
 * under that key, the subgraph would compute from a value that it did not ask for.
 */
import { type FieldNode, Kind, type SelectionNode } from 'graphql';
import { WrittenTree } from '../execute/written.ts';
import type { EntitiesNode, EntityBatch, PlanNode, PlanPath, RequiredSelection } from './plan.ts';
import { fetchesOf } from './plan.ts';
import { type ReadOperation, readOperation } from './plan-documents.ts';
import type { SubgraphFields } from './subgraph-fields.ts';

/** The first required field whose arguments are not those that were asked for; `undefined` where there is none. */
export function misreadRequirement(plan: PlanNode | undefined, fields: SubgraphFields): string | undefined {
  const check = new RequirementCheck(plan, fields);
  for (const fetch of fetchesOf(plan)) {
    const read = fetch.kind === 'entities' ? readOperation(fetch.operation) : undefined;
    const fault = fetch.kind === 'entities' && read ? check.fetch(fetch, read) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

class RequirementCheck {
  readonly #plan: PlanNode | undefined;
  readonly #fields: SubgraphFields;
  #written: WrittenTree | undefined;
  /** By type, place and key: the field with its arguments that something requires of it. */
  readonly #taken = new Map<string, string>();

  constructor(plan: PlanNode | undefined, fields: SubgraphFields) {
    this.#plan = plan;
    this.#fields = fields;
  }

  fetch(fetch: EntitiesNode, read: ReadOperation): string | undefined {
    for (const field of read.operation.selectionSet.selections) {
      const batch = field.kind === Kind.FIELD && fetch.batches.find(({ alias }) => alias === keyOf(field));
      if (!batch) continue;
      for (const [type, name] of askedOf(field.selectionSet?.selections ?? [], undefined, read)) {
        const fault = this.#field(fetch.subgraph, type, name, batch);
        if (fault !== undefined) return fault;
      }
    }
    return undefined;
  }

  #field(subgraph: string, type: string, name: string, batch: EntityBatch): string | undefined {
    const required = this.#fields.join(type, name, subgraph)?.required;
    if (!required || required.size === 0) return undefined;
    for (const [sent, keys] of keysOf(batch.requires, '', [])) {
      const signature = required.get(sent);
      if (signature === undefined) continue;
      for (const path of batch.paths) {
        if (this.#isRead(type, path, keys, signature)) continue;
        return `${subgraph} is asked for ${type}.${name} with another value than that of ${signature}`;
      }
    }
    return undefined;
  }

  #isRead(type: string, path: PlanPath, keys: readonly string[], signature: string): boolean {
    this.#written ??= WrittenTree.of(this.#plan);
    const found = this.#written.signatures(path, keys);
    if (found.size > 0 && !found.has(signature)) return false;
    const place = path.flatMap((segment) => (segment.kind === 'field' ? [segment.name] : []));
    const key = JSON.stringify([type, place, keys]);
    const taken = this.#taken.get(key) ?? signature;
    this.#taken.set(key, taken);
    return taken === signature;
  }
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

/** The fields that are asked of entities, with the type that they are asked of. */
function* askedOf(
  selections: readonly SelectionNode[],
  type: string | undefined,
  read: ReadOperation,
): Generator<readonly [type: string, field: string]> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (type !== undefined) yield [type, selection.name.value];
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : read.fragments.get(selection.name.value);
    if (!fragment) continue;
    yield* askedOf(fragment.selectionSet.selections, fragment.typeCondition?.name.value ?? type, read);
  }
}

/** The fields of a representation: the path of names that is sent, and the keys where its value stands. */
function* keysOf(
  selections: readonly RequiredSelection[],
  above: string,
  keys: readonly string[],
): Generator<readonly [sent: string, keys: readonly string[]]> {
  for (const selection of selections) {
    if (selection.kind === 'fragment') {
      yield* keysOf(selection.selections, above, keys);
      continue;
    }
    const sent = `${above}${selection.as}`;
    const read = [...keys, selection.name];
    yield [sent, read];
    yield* keysOf(selection.selections, `${sent}.`, read);
  }
}

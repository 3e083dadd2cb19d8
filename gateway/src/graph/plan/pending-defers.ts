/**
 * Which `@defer`s of a plan are worth a payload of their own: those for which something more is fetched. What the
 * answer fetches anyway is told with it (the RFC leaves that to the server).
 */
import { fetchesOf, type PlanNode } from './plan.ts';

/** The names of the parts that something must be waited for. */
export function pendingDefers(plan: PlanNode | undefined): Set<string> {
  const pending = new Set<string>();
  if (plan) collect(plan, new Set(), pending);
  return pending;
}

/** `available`: the fetches that whatever is deferred here comes after. */
function collect(node: PlanNode, available: ReadonlySet<string>, pending: Set<string>): void {
  switch (node.kind) {
    case 'sequence':
    case 'parallel':
      for (const child of node.nodes) collect(child, available, pending);
      return;
    case 'condition':
      if (node.ifTrue) collect(node.ifTrue, available, pending);
      if (node.ifFalse) collect(node.ifFalse, available, pending);
      return;
    case 'defer': {
      const before = withIds(available, node.primary);
      if (node.primary) collect(node.primary, available, pending);
      for (const { label, depends, node: part } of node.deferred) {
        const own = part?.kind === 'defer' ? part.primary : part;
        const fetches = [...fetchesOf(own)].length > 0;
        if (fetches || !depends.every((id) => before.has(id))) pending.add(label);
        if (part) collect(part, withIds(before, own), pending);
      }
    }
  }
}

function withIds(ids: ReadonlySet<string>, node: PlanNode | undefined): ReadonlySet<string> {
  const found = new Set(ids);
  for (const { id } of fetchesOf(node)) if (id !== undefined) found.add(id);
  return found;
}

/**
 * What deferred parts wait for, held to what is fetched before them. Apollo's planner numbers the fetches of each plan
 * that it weighs anew, but keeps what parts depended on in those that it gave up: such a number is nobody's in the plan
 * that it chose, or another's, be it the part's own. Whoever waited for that fetch might wait for ever. What a part
 * truly needs is named beside it, and always a fetch of what is answered before: the rest is left out.
 *
 * Invariant: whatever a part of the result depends on is fetched before its `@defer`.
 */
import { type DeferredPart, fetchesOf, type PlanNode } from './plan.ts';

export function withPossibleDepends(plan: PlanNode, before: readonly string[] = []): PlanNode {
  const same = (node: PlanNode | undefined) => node && withPossibleDepends(node, before);
  switch (plan.kind) {
    case 'sequence':
    case 'parallel':
      return { ...plan, nodes: plan.nodes.map((node) => withPossibleDepends(node, before)) };
    case 'condition':
      return { ...plan, ifTrue: same(plan.ifTrue), ifFalse: same(plan.ifFalse) };
    case 'defer': {
      const known = [...before, ...idsOf(plan.primary)];
      const settled = (part: DeferredPart): DeferredPart => ({
        ...part,
        depends: part.depends.filter((id) => known.includes(id)),
        node: part.node && withPossibleDepends(part.node, known),
      });
      return { ...plan, primary: same(plan.primary), deferred: plan.deferred.map(settled) };
    }
    default:
      return plan;
  }
}

/** What parts may call the fetches by that a node makes, but for what it defers in turn. */
export function idsOf(node: PlanNode | undefined): string[] {
  return [...fetchesOf(node, false)].flatMap(({ id }) => id ?? []);
}

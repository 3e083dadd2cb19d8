/**
 * The ways back to paths that clients know, through the routes of each upstream: what a POST made is often reached by
 * another route than the one that made it. Routes of other hosts are no way back.
 */
import { type PathRestore, SharedRestores } from '../handlers/reshaping/path-restore.ts';
import { type PlannedMount, templateOf } from './mount-plan.ts';

/** For a route that goes to an upstream; `undefined` for any other. */
export function waysBack(plans: readonly PlannedMount[]): (plan: PlannedMount) => PathRestore | undefined {
  const shared = new Map<string, SharedRestores>();
  for (const plan of plans) {
    const { answer, match } = plan;
    const key = keyOf(plan);
    if (key === undefined || answer.kind !== 'proxy' || typeof match.path !== 'string') continue;
    const restores = shared.get(key) ?? new SharedRestores();
    restores.add({ template: match.path, rewrite: answer.to.rewrite });
    shared.set(key, restores);
  }
  return (plan) => {
    const key = keyOf(plan);
    return key === undefined ? undefined : shared.get(key)?.for(templateOf(plan.match));
  };
}

/** By upstream and hosts. */
function keyOf({ answer, match }: PlannedMount): string | undefined {
  if (answer.kind !== 'proxy') return undefined;
  return JSON.stringify([answer.to.upstream, match.hosts?.toSorted() ?? null]);
}

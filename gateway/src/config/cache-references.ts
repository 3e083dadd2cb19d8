/** A cache that is kept in Redis needs one: `state.redis`. */
import { type Fault, faultAt } from './fault.ts';
import { child, type MapNode, positionOf, textOf } from './tree.ts';

export function cacheFaults(root: MapNode): Fault[] {
  if (child(child(root, 'state'), 'redis')) return [];
  const upstreams = child(root, 'upstreams');
  if (upstreams?.kind !== 'map') return [];
  const faults: Fault[] = [];
  for (const name of upstreams.entries.keys()) {
    const store = child(child(child(upstreams, name), 'cache'), 'store');
    if (textOf(store) !== 'redis') continue;
    const path = ['upstreams', name, 'cache', 'store'];
    faults.push(faultAt(positionOf(root, path), path, 'needs the Redis of state.redis, which is not there'));
  }
  return faults;
}

/** Zones of endpoints mean nothing while nobody says where the gateway stands: `zone`. */
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, type MapNode, positionOf } from './tree.ts';

/** A warning for each upstream, at the first of its endpoints that has a zone. */
export function zoneWarnings(root: MapNode): Fault[] {
  const upstreams = child(root, 'upstreams');
  if (child(root, 'zone') || upstreams?.kind !== 'map') return [];
  const warnings: Fault[] = [];
  for (const name of upstreams.entries.keys()) {
    const targets = child(child(upstreams, name), 'targets');
    if (targets?.kind !== 'list') continue;
    const at = targets.items.findIndex((target) => child(target, 'zone') !== undefined);
    if (at < 0) continue;
    const path: Path = ['upstreams', name, 'targets', at, 'zone'];
    const message =
      'means nothing: the gateway\'s own "zone" is not configured, so no endpoint is nearer than another';
    warnings.push(faultAt(positionOf(root, path), path, message));
  }
  return warnings;
}

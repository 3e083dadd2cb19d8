/** What splits and mirrors say of other upstreams: that they exist, and that no call would go round in circles. */
import { type Fault, faultAt, type Path } from './fault.ts';
import { suggestion } from './nearest.ts';
import { child, type MapNode, type Node, positionOf, textOf } from './tree.ts';

/** What a split says itself; everything else its sides say. */
const OF_A_SPLIT: ReadonlySet<string> = new Set(['split', 'mirror', 'scopes', 'subgraph', 'share']);

export function splitFaults(root: MapNode): Fault[] {
  const upstreams = child(root, 'upstreams');
  if (upstreams?.kind !== 'map') return [];
  const faults: Fault[] = [];
  const say = (path: Path, message: string): void => {
    faults.push(faultAt(positionOf(root, path), path, message));
  };
  const names = [...upstreams.entries.keys()];
  const isSplit = (name: string): boolean => child(child(upstreams, name), 'split') !== undefined;
  const isMirrored = (name: string): boolean => child(child(upstreams, name), 'mirror') !== undefined;
  for (const [name, { value }] of upstreams.entries) {
    const path: Path = ['upstreams', name];
    const refer = (node: Node | undefined, at: Path): string | undefined => {
      const other = textOf(node);
      if (other === undefined || (node?.kind === 'scalar' && node.faulty)) return undefined;
      if (names.includes(other)) return other;
      say(at, `no upstream is named "${other}"; ${suggestion(other, names)}`);
      return undefined;
    };
    const split = child(value, 'split');
    if (split && value.kind === 'map')
      for (const key of value.entries.keys())
        if (!OF_A_SPLIT.has(key))
          say([...path, key], 'means nothing beside `split`: expected it of the upstreams of the sides');
    const sides = child(split, 'sides');
    for (const side of sides?.kind === 'map' ? sides.entries.keys() : []) {
      const at: Path = [...path, 'split', 'sides', side, 'upstream'];
      const other = refer(child(child(sides, side), 'upstream'), at);
      if (other !== undefined && isSplit(other))
        say(at, `"${other}" is a split itself: expected an upstream with endpoints`);
    }
    const at: Path = [...path, 'mirror', 'upstream'];
    const shadow = refer(child(child(value, 'mirror'), 'upstream'), at);
    if (shadow === undefined) continue;
    if (shadow === name) say(at, 'is the upstream itself: expected another');
    else if (isSplit(shadow)) say(at, `"${shadow}" is a split: expected an upstream with endpoints`);
    else if (isMirrored(shadow)) say(at, `"${shadow}" is mirrored itself: expected one that is not`);
  }
  return faults;
}

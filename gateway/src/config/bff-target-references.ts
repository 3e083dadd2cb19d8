/** What routes say of BFFs: that there is one of that name, and that it runs where its operations are known. */
import { bffName } from './bff.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import { suggestion } from './nearest.ts';
import { child, type MapNode, type Node, positionOf, textOf } from './tree.ts';

export function bffTargetFaults(root: MapNode): Fault[] {
  const bffs = itemsOf(child(root, 'bffs'));
  const names = bffs.flatMap((bff) => namesOf(bff));
  return itemsOf(child(root, 'routes')).flatMap((route, i) => {
    const named = child(child(route, 'to'), 'bff');
    const name = textOf(named);
    if (name === undefined || (named?.kind === 'scalar' && named.faulty)) return [];
    const path: Path = ['routes', i, 'to', 'bff'];
    const fault = (message: string): Fault[] => [faultAt(positionOf(root, path), path, message)];
    const bff = bffs.find((one) => namesOf(one).includes(name));
    if (!bff) return fault(`no BFF is named "${name}"; ${suggestion(name, names)}`);
    if (child(bff, 'process') || !child(bff, 'package')) {
      return fault(
        `the BFF "${name}" runs in a process of its own, which alone knows its operations: expected one that runs inside`,
      );
    }
    return [];
  });
}

/** Its package and its name. */
function namesOf(bff: Node): string[] {
  const mount = textOf(child(bff, 'mount'));
  const name = mount && bffName({ name: textOf(child(bff, 'name')), mount });
  return [textOf(child(bff, 'package')), name].filter((one) => one !== undefined);
}

function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : [];
}

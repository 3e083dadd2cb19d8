/** What routes, the graph, BFFs and decision points say of policies and upstreams: that they exist. */
import { type Fault, faultAt, type Path } from './fault.ts';
import { suggestion } from './nearest.ts';
import { child, type ListNode, type MapNode, type Node, positionOf, textOf } from './tree.ts';

export function policyFaults(root: MapNode): Fault[] {
  const faults: Fault[] = [];
  const policies = child(root, 'policies');
  const upstreams = keys(child(root, 'upstreams'));
  const known = keys(policies);
  const refer = (what: string, node: Node | undefined, names: readonly string[], path: Path): void => {
    const name = textOf(node);
    if (name === undefined || names.includes(name) || (node?.kind === 'scalar' && node.faulty)) return;
    const message = `no ${what} is named "${name}"; ${suggestion(name, names)}`;
    faults.push(faultAt(positionOf(root, path), path, message));
  };
  for (const [node, path] of guarded(root)) {
    for (const [i, name] of list(child(node, 'policies')).entries()) {
      refer('policy', name, known, [...path, 'policies', i]);
    }
  }
  for (const name of known) {
    const path: Path = ['policies', name, 'opa', 'upstream'];
    refer('upstream', child(child(child(policies, name), 'opa'), 'upstream'), upstreams, path);
  }
  const ofFields = child(child(child(root, 'graph'), 'authorization'), 'policies');
  for (const name of keys(ofFields)) {
    if (!known.includes(name)) continue;
    const path: Path = ['graph', 'authorization', 'policies', name];
    const message =
      'is a name under policies too: expected it in one place, for both answer the same @policy';
    faults.push(faultAt(positionOf(root, path), path, message));
  }
  return faults;
}

function* guarded(root: MapNode): Generator<[node: Node | undefined, path: Path]> {
  yield [child(root, 'graph'), ['graph']];
  for (const section of ['routes', 'bffs']) {
    for (const [i, one] of list(child(root, section)).entries()) yield [one, [section, i]];
  }
}

function keys(node: Node | undefined): string[] {
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}

function list(node: Node | undefined): ListNode['items'] {
  return node?.kind === 'list' ? node.items : [];
}

/** What routes say of browser sessions: whoever takes people to the login must take sessions, and somebody must offer one. */
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, type MapNode, type Node, positionOf, textOf } from './tree.ts';

export function sessionFaults(root: MapNode): Fault[] {
  const session = child(child(root, 'auth'), 'session');
  return guardedSections(root).flatMap(([node, path]) => {
    const login = child(node, 'login');
    if (textOf(login) !== 'redirect') return [];
    const at: Path = [...path, 'login'];
    const fault = (message: string): Fault[] => [faultAt(positionOf(root, at), at, message)];
    if (!session) return fault('leads to no login: expected auth.session');
    return takesSessions(child(node, 'auth'))
      ? []
      : fault('is in vain: expected session under auth beside it');
  });
}

function guardedSections(root: MapNode): [Node, Path][] {
  const found: [Node, Path][] = [];
  for (const section of ['routes', 'bffs']) {
    const list = child(root, section);
    if (list?.kind === 'list') list.items.forEach((item, i) => void found.push([item, [section, i]]));
  }
  const graph = child(root, 'graph');
  if (graph) found.push([graph, ['graph']]);
  return found;
}

/** Where nothing is said every scheme will do. */
function takesSessions(auth: Node | undefined): boolean {
  if (auth === undefined) return true;
  const listed = auth.kind === 'map' ? (child(auth, 'any') ?? child(auth, 'all')) : auth;
  return listed?.kind === 'list' && listed.items.some((item) => textOf(item) === 'session');
}

/** What `upstreams.X.identityToken` needs of other sections: keys that all processes share, and its field for itself. */
import { bareName } from '../wire/trust/trusted-fields.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, keyPosition, type MapNode, type Node, nodeAt, positionOf, textOf } from './tree.ts';

export function identityTokenFaults(root: MapNode): Fault[] {
  const upstreams = entriesOf(child(root, 'upstreams'));
  const asking = upstreams.filter(([, upstream]) => child(upstream, 'identityToken') !== undefined);
  const [first] = asking;
  if (!first) return [];
  const fields = new Set(
    asking.map(([, upstream]) => fieldOf(upstream)).filter((one) => one !== 'authorization'),
  );
  const places: Path[] = upstreams.map(([name]) => ['upstreams', name, 'request', 'headers']);
  const routes = child(root, 'routes');
  if (routes?.kind === 'list')
    for (const i of routes.items.keys()) places.push(['routes', i, 'request', 'headers']);
  return [...keyFaults(root, first[0]), ...places.flatMap((place) => ruleFaults(root, place, fields))];
}

/** A key that one process makes for itself, the others do not publish. */
function keyFaults(root: MapNode, upstream: string): Fault[] {
  const workers = child(root, 'workers');
  const count = workers?.kind === 'map' ? (child(workers, 'count') ?? workers) : workers;
  if (!count || (count.kind === 'scalar' && count.value === 1)) return [];
  if (child(child(child(root, 'auth'), 'identityTokens'), 'keys')) return [];
  const path: Path = ['upstreams', upstream, 'identityToken'];
  const message =
    'needs auth.identityTokens.keys where there are several workers: each would sign with its own';
  return [faultAt(positionOf(root, path), path, message)];
}

/** Gateways that share a state are several, and what one publishes the others do not. */
export function identityTokenWarnings(root: MapNode): Fault[] {
  const [first] = entriesOf(child(root, 'upstreams')).filter(([, one]) => child(one, 'identityToken'));
  if (!first || !child(child(root, 'state'), 'redis')) return [];
  if (child(child(child(root, 'auth'), 'identityTokens'), 'keys')) return [];
  const path: Path = ['upstreams', first[0], 'identityToken'];
  const message =
    'is signed by each gateway with a key of its own, where several share state.redis: a backend that asks one of them knows none of the others; give all of them auth.identityTokens.keys';
  return [faultAt(positionOf(root, path), path, message)];
}

function ruleFaults(root: MapNode, place: Path, fields: ReadonlySet<string>): Fault[] {
  const rules = nodeAt(root, place);
  const message = 'carries identity tokens: no rule may set it';
  const faults: Fault[] = [];
  for (const rule of ['set', 'add']) {
    for (const [name] of entriesOf(child(rules, rule))) {
      if (!fields.has(bareName(name))) continue;
      const at = [...place, rule];
      faults.push(faultAt(keyPosition(root, at, name), [...at, name], message));
    }
  }
  for (const [name, to] of entriesOf(child(rules, 'rename'))) {
    if (!fields.has(bareName(textOf(to) ?? ''))) continue;
    const at = [...place, 'rename', name];
    faults.push(faultAt(positionOf(root, at), at, message));
  }
  return faults;
}

function fieldOf(upstream: Node): string {
  return bareName(textOf(child(child(upstream, 'identityToken'), 'header')) ?? 'x-identity-token');
}

function entriesOf(node: Node | undefined): [string, Node][] {
  return node?.kind === 'map' ? Array.from(node.entries, ([key, { value }]) => [key, value]) : [];
}

/**
 * Rules that choose what clients may see of a reply, where it comes as the messages of a stream: a socket's or an event
 * stream's. They would not hold there and look as if they did, so they are faults.
 */
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, type MapNode, type Node, nodeAt, positionOf, textOf } from './tree.ts';

const STREAMED = ['websocket', 'stream', 'exchange'] as const;

export function streamFaults(root: MapNode): Fault[] {
  const routes = child(root, 'routes');
  return (routes?.kind === 'list' ? routes.items : []).flatMap((route, i) => {
    const to = child(route, 'to');
    const how = STREAMED.find((one) => isAsked(child(to, one)));
    if (how === undefined) return [];
    const upstream = textOf(child(to, 'upstream') ?? child(child(to, 'exchange'), 'upstream'));
    const faults = upstream === undefined ? [] : upstreamFaults(root, upstream, `routes[${i}].to.${how}`);
    // The answer of an exchange is JSON, whole, unless it comes line by line.
    const isWhole = how === 'exchange' && textOf(child(child(to, 'exchange'), 'answer')) !== 'ndjson';
    return isWhole ? faults : [...routeFaults(root, i, how), ...faults];
  });
}

function isAsked(node: Node | undefined): boolean {
  return node !== undefined && textOf(node) !== 'false';
}

function routeFaults(root: MapNode, i: number, how: string): Fault[] {
  const path: Path = ['routes', i, 'response', 'json'];
  return ['allow', 'deny', 'flatmap'].flatMap((rule) =>
    faultOf(root, [...path, rule], `does not hold for the messages of to.${how}: use response.strip`),
  );
}

/** What is denied is taken out of messages as well; other rules are for whole replies. */
function upstreamFaults(root: MapNode, name: string, route: string): Fault[] {
  const path: Path = ['upstreams', name, 'response', 'json'];
  return ['allow', 'flatmap'].flatMap((rule) =>
    faultOf(
      root,
      [...path, rule],
      `does not hold for the messages of ${route}: use deny or response.strip, or another upstream for it`,
    ),
  );
}

function faultOf(root: MapNode, path: Path, message: string): Fault[] {
  return nodeAt(root, path) ? [faultAt(positionOf(root, path), path, message)] : [];
}

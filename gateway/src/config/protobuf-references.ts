/**
 * What protobuf has to do with other settings of a route or its upstream: bodies are translated on their way to one
 * upstream and back, not in streams, and what an upstream strips of its replies must be JSON there.
 */
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, type MapNode, type Node, nodeAt, positionOf, textOf } from './tree.ts';

export function protobufFaults(root: MapNode): Fault[] {
  const faults: Fault[] = [];
  const routes = child(root, 'routes');
  for (const [i, route] of (routes?.kind === 'list' ? routes.items : []).entries()) {
    for (const side of ['request', 'response']) {
      const path: Path = ['routes', i, side, 'protobuf'];
      if (!nodeAt(route, [side, 'protobuf'])) continue;
      for (const message of why(root, route, side)) {
        faults.push(faultAt(positionOf(root, path), path, message));
      }
    }
  }
  return faults;
}

function* why(root: MapNode, route: Node, side: string): Generator<string> {
  const to = child(route, 'to');
  const upstream = textOf(child(to, 'upstream'));
  if (upstream === undefined) {
    yield 'needs a route to an upstream: what answers here has no body of a backend to translate';
    return;
  }
  for (const key of ['websocket', 'stream']) {
    if (child(to, key)) yield `cannot be on a route with to.${key}: messages of a stream are not translated`;
  }
  const xml = side === 'request' ? 'toXml' : 'fromXml';
  if (child(child(route, side), xml)) yield `excludes ${side}.${xml}: the backend speaks protobuf or JSON`;
  if (side === 'request') return;
  const isText = textOf(nodeAt(route, [side, 'protobuf', 'backend'])) === 'json';
  const strip = nodeAt(root, ['upstreams', upstream, 'response', 'strip']);
  if (!isText && strip?.kind === 'list' && strip.items.length > 0) {
    yield `excludes upstreams.${upstream}.response.strip, which refuses what is no JSON: expected these members in this route's response.strip`;
  }
}

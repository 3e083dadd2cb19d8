/**
 * What the rules of routes and upstreams say of other parts of a configuration: parameters that the route's path must
 * have, and the fields of `identityHeaders`, which no rule may set.
 */

import { templateNames } from '../wire/json/value-template.ts';
import { bareName } from '../wire/trust/trusted-fields.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import { child, keyPosition, type MapNode, type Node, nodeAt, positionOf, textOf } from './tree.ts';

/** Maps of templates within a route. */
const TEMPLATES: readonly Path[] = [
  ['request', 'headers', 'set'],
  ['request', 'headers', 'add'],
  ['request', 'json', 'set'],
  ['response', 'headers', 'set'],
  ['response', 'headers', 'add'],
];

export function ruleFaults(root: MapNode): Fault[] {
  const faults: Fault[] = [];
  const ours = identityNames(root);
  const routes = child(root, 'routes');
  for (const [i, route] of (routes?.kind === 'list' ? routes.items : []).entries()) {
    const path: Path = ['routes', i];
    faults.push(...unknownParams(root, route, path));
    faults.push(...identityFaults(root, [...path, 'request', 'headers'], ours));
  }
  for (const [name] of entriesOf(child(root, 'upstreams'))) {
    faults.push(...identityFaults(root, ['upstreams', name, 'request', 'headers'], ours));
  }
  return faults;
}

function unknownParams(root: MapNode, route: Node, path: Path): Fault[] {
  const pattern = textOf(child(child(route, 'match'), 'path'));
  if (pattern === undefined) return [];
  const known = new Set(
    Array.from(pattern.matchAll(/:([A-Za-z_][A-Za-z0-9_]*)|\*/g), ([, name]) => name ?? '*'),
  );
  const faults: Fault[] = [];
  for (const place of TEMPLATES) {
    for (const [key, node] of entriesOf(nodeAt(route, place))) {
      for (const name of templateNames(textOf(node) ?? '')) {
        const param = name.startsWith('params.') ? name.slice('params.'.length) : undefined;
        if (param === undefined || known.has(param)) continue;
        const at = [...path, ...place, key];
        faults.push(faultAt(positionOf(root, at), at, `the path "${pattern}" has no parameter "${param}"`));
      }
    }
  }
  return faults;
}

function identityNames(root: MapNode): ReadonlySet<string> {
  return new Set(entriesOf(child(root, 'identityHeaders')).map(([, node]) => bareName(textOf(node) ?? '')));
}

function identityFaults(root: MapNode, path: Path, ours: ReadonlySet<string>): Fault[] {
  const rules = nodeAt(root, path);
  const faults: Fault[] = [];
  const message = 'tells who is asking, by identityHeaders: no rule may set it';
  for (const rule of ['set', 'add']) {
    for (const [key] of entriesOf(child(rules, rule))) {
      const at = [...path, rule];
      if (ours.has(bareName(key))) faults.push(faultAt(keyPosition(root, at, key), [...at, key], message));
    }
  }
  for (const [key, to] of entriesOf(child(rules, 'rename'))) {
    const at = [...path, 'rename', key];
    if (ours.has(bareName(textOf(to) ?? ''))) faults.push(faultAt(positionOf(root, at), at, message));
  }
  return faults;
}

function entriesOf(node: Node | undefined): [string, Node][] {
  return node?.kind === 'map' ? Array.from(node.entries, ([key, { value }]) => [key, value]) : [];
}

/**
 * What the parts of aggregates say of other parts of a configuration: upstreams, the graph, and the parameters of the
 * route's path. What they say of each other, the section itself knows.
 */
import { routeMatchConfig } from '../router/route-match.ts';
import { splitTemplate } from '../wire/json/value-template.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import { suggestion } from './nearest.ts';
import { paramsOf } from './route-references.ts';
import { child, type MapNode, type Node, positionOf, scalars, textOf, toPlain } from './tree.ts';

export function aggregateFaults(root: MapNode): Fault[] {
  const faults: Fault[] = [];
  const routes = child(root, 'routes');
  for (const [i, route] of (routes?.kind === 'list' ? routes.items : []).entries()) {
    const parts = child(child(child(route, 'to'), 'aggregate'), 'parts');
    if (parts?.kind !== 'map') continue;
    const path: Path = ['routes', i, 'to', 'aggregate', 'parts'];
    for (const [name, { value }] of parts.entries) {
      faults.push(
        ...sourceFaults(root, value, [...path, name]),
        ...placeFaults(root, route, value, [...path, name]),
      );
    }
  }
  return faults;
}

function sourceFaults(root: MapNode, part: Node, path: Path): Fault[] {
  const upstream = textOf(child(part, 'upstream'));
  const section = child(root, 'upstreams');
  const known = section?.kind === 'map' ? [...section.entries.keys()] : [];
  if (upstream !== undefined && !known.includes(upstream)) {
    const at = [...path, 'upstream'];
    return [
      faultAt(positionOf(root, at), at, `no upstream is named "${upstream}"; ${suggestion(upstream, known)}`),
    ];
  }
  if (!child(part, 'graph') || child(root, 'graph')) return [];
  const at = [...path, 'graph'];
  return [faultAt(positionOf(root, at), at, 'needs the section "graph", which is not there')];
}

/** Settings of a part that hold templates. */
const TEMPLATES: readonly (readonly string[])[] = [
  ['path'],
  ['query'],
  ['headers'],
  ['body'],
  ['graph', 'variables'],
];

/** Parameters that the path does not have, and identities where nobody is asked who they are. */
function placeFaults(root: MapNode, route: Node, part: Node, path: Path): Fault[] {
  const match = child(route, 'match');
  const parsed = routeMatchConfig.safeParse(match && toPlain(match));
  if (!parsed.success) return [];
  const { path: pattern } = parsed.data;
  const known = paramsOf(pattern);
  const shown =
    typeof pattern === 'string' ? `the path "${pattern}"` : `the regular expression "${pattern.regex}"`;
  const asksNobody = textOf(child(route, 'auth')) === 'none';
  const faults: Fault[] = [];
  for (const [scalar, below] of scalars(part)) {
    if (typeof scalar.value !== 'string') continue;
    if (!TEMPLATES.some((setting) => setting.every((key, i) => below[i] === key))) continue;
    const fault = (message: string): void => {
      const at = [...path, ...below];
      faults.push(faultAt(positionOf(root, at), at, message));
    };
    for (const name of placeNames(scalar.value)) {
      const param = name.startsWith('params.') ? name.slice('params.'.length).replace(/\?$/, '') : undefined;
      if (param !== undefined && !known.has(param)) fault(`${shown} has no parameter "${param}"`);
      if (asksNobody && name.startsWith('identity.') && !name.endsWith('?')) {
        fault(`{${name}} never has a value where auth is none`);
      }
    }
  }
  return faults;
}

/** None in what is no template, which is reported where it stands. */
function placeNames(text: string): string[] {
  try {
    return splitTemplate(text).flatMap((piece) => (typeof piece === 'string' ? [] : [piece.name]));
  } catch {
    return [];
  }
}

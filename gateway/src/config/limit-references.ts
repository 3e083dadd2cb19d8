/** What plans, routes and the door say of limits by name, and of each other: that they exist, and can hold there. */
import { type Fault, faultAt, type Path } from './fault.ts';
import { suggestion } from './nearest.ts';
import { child, type ListNode, type MapNode, type Node, positionOf, textOf } from './tree.ts';

/** The name under which a route's own limit is told. */
const ROUTE_LIMIT = 'route';
const AT_DOOR = ['address', 'global'];

export function limitFaults(root: MapNode): Fault[] {
  return new LimitReferences(root).faults;
}

class LimitReferences {
  readonly faults: Fault[] = [];
  readonly #root: MapNode;
  readonly #policies: Node | undefined;
  readonly #known: readonly string[];
  readonly #plans: readonly string[];

  constructor(root: MapNode) {
    this.#root = root;
    this.#policies = child(child(root, 'limits'), 'policies');
    this.#known = keys(this.#policies);
    this.#plans = keys(child(root, 'plans'));
    this.#names();
    this.#everywhere();
    for (const name of this.#plans) this.#plan(name);
    for (const [node, path] of guarded(root)) this.#route(node, path);
  }

  /** Clients tell policies by their names. */
  #names(): void {
    for (const name of this.#known) {
      const path: Path = ['limits', 'policies', name];
      if (name === ROUTE_LIMIT)
        this.#fault(path, "is what a route's own limit is called: expected another name");
      if (this.#plans.includes(name)) this.#fault(path, 'is the name of a plan too: expected another');
    }
  }

  #everywhere(): void {
    for (const [i, entry] of list(child(child(this.#root, 'limits'), 'everywhere')).entries()) {
      const path: Path = ['limits', 'everywhere', i];
      if (!this.#refer('policy', entry, this.#known, path)) continue;
      const policy = child(this.#policies, textOf(entry) ?? '');
      const by = child(policy, 'by');
      const all = by?.kind === 'list' ? by.items.map(textOf) : [textOf(by)];
      if (!all.every((dimension) => dimension === undefined || AT_DOOR.includes(dimension))) {
        this.#fault(
          path,
          'comes before the caller and the route are known: expected one by [address] or global',
        );
      }
      if (textOf(child(policy, 'cost')) === 'graphql') {
        this.#fault(path, 'comes before a cost is known: expected one with cost: request');
      }
    }
  }

  #plan(name: string): void {
    const plan = child(child(this.#root, 'plans'), name);
    const path: Path = ['plans', name];
    this.#refer('plan', child(plan, 'extends'), this.#plans, [...path, 'extends']);
    for (const [i, entry] of list(child(plan, 'limitedBy')).entries()) {
      this.#refer('policy', entry, this.#known, [...path, 'limitedBy', i]);
    }
    const templates = templatesOf(this.#root);
    const mounts = list(child(this.#root, 'bffs')).map((bff) => textOf(child(bff, 'mount')) ?? '');
    for (const template of keys(child(plan, 'routes'))) {
      if (templates.includes(template) || mounts.some((mount) => template.startsWith(`${mount}/`))) continue;
      this.#fault(
        [...path, 'routes', template],
        `no route has the path "${template}"; ${suggestion(template, templates)}`,
      );
    }
  }

  #route(node: Node | undefined, path: Path): void {
    const own = new Set<string>();
    for (const [i, entry] of list(child(node, 'limitedBy')).entries()) {
      const where: Path = [...path, 'limitedBy', i];
      if (entry.kind !== 'map') {
        this.#refer('policy', entry, this.#known, where);
        continue;
      }
      const name = textOf(child(entry, 'name'));
      if (name === undefined) continue;
      const isTaken = this.#known.includes(name) || this.#plans.includes(name) || own.has(name);
      if (isTaken || name === ROUTE_LIMIT) {
        this.#fault([...where, 'name'], `"${name}" is the name of another limit: expected one of its own`);
      }
      own.add(name);
    }
  }

  #refer(what: string, node: Node | undefined, known: readonly string[], path: Path): boolean {
    const name = textOf(node);
    if (name === undefined || (node?.kind === 'scalar' && node.faulty)) return false;
    if (known.includes(name)) return true;
    this.#fault(path, `no ${what} is named "${name}"; ${suggestion(name, known)}`);
    return false;
  }

  #fault(path: Path, message: string): void {
    this.faults.push(faultAt(positionOf(this.#root, path), path, message));
  }
}

function* guarded(root: MapNode): Generator<[node: Node | undefined, path: Path]> {
  yield [child(root, 'graph'), ['graph']];
  for (const section of ['routes', 'bffs']) {
    for (const [i, one] of list(child(root, section)).entries()) yield [one, [section, i]];
  }
}

/** As `frontdesk routes` shows them; those of BFFs are known when their packages are loaded. */
function templatesOf(root: MapNode): string[] {
  const graph = child(root, 'graph');
  const templates = list(child(root, 'routes')).map((route) => {
    const path = child(child(route, 'match'), 'path');
    return textOf(path) ?? `~${textOf(child(path, 'regex')) ?? ''}`;
  });
  return graph ? [textOf(child(graph, 'path')) ?? '/graphql', ...templates] : templates;
}

function keys(node: Node | undefined): string[] {
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}

function list(node: Node | undefined): ListNode['items'] {
  return node?.kind === 'list' ? node.items : [];
}

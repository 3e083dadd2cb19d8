/**
 * What one part of a configuration says of another: routes of upstreams, consumers of plans, and what may exist
 * only once. It works on the tree rather than on the validated value, so that these faults come together with
 * all others and point to their places.
 */
import { aggregateFaults } from './aggregate-references.ts';
import { bffName } from './bff.ts';
import { bffTargetFaults } from './bff-target-references.ts';
import { cacheFaults } from './cache-references.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import { identityTokenFaults, identityTokenWarnings } from './identity-token-references.ts';
import { limitFaults } from './limit-references.ts';
import { mtlsFaults, mtlsWarnings } from './mtls-references.ts';
import { suggestion } from './nearest.ts';
import { fileSettings } from './paths.ts';
import { policyFaults } from './policy-references.ts';
import { protobufFaults } from './protobuf-references.ts';
import { routeReferences } from './route-references.ts';
import { ruleFaults } from './rule-references.ts';
import { sessionFaults } from './session-references.ts';
import { splitFaults } from './split-references.ts';
import { streamFaults } from './stream-references.ts';
import { child, type ListNode, type MapNode, type Node, positionOf, textOf } from './tree.ts';
import { zoneWarnings } from './zone-references.ts';

export interface References {
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** What the world outside the configuration says; left out, these checks are not made. */
export interface World {
  /** Whether a package, or a module by its path, can be found from a configuration file. */
  readonly resolves?: (specifier: string, fromFile: string) => boolean;
  readonly exists?: (path: string) => boolean;
  /** Whether it is meant to serve strangers: `NODE_ENV` is `production`. */
  readonly isProduction?: boolean;
}

export function checkReferences(root: MapNode, world: World = {}): References {
  const check = new Check(root, world);
  check.routes();
  check.consumers();
  check.bffs();
  check.admin();
  check.files();
  check.development();
  check.openness();
  const routes = routeReferences(root);
  return {
    faults: [
      ...check.faults,
      ...bffTargetFaults(root),
      ...splitFaults(root),
      ...routes.faults,
      ...ruleFaults(root),
      ...protobufFaults(root),
      ...streamFaults(root),
      ...aggregateFaults(root),
      ...cacheFaults(root),
      ...mtlsFaults(root),
      ...sessionFaults(root),
      ...identityTokenFaults(root),
      ...policyFaults(root),
      ...limitFaults(root),
    ],
    warnings: [
      ...check.warnings,
      ...routes.warnings,
      ...zoneWarnings(root),
      ...mtlsWarnings(root),
      ...identityTokenWarnings(root),
    ],
  };
}

/** Sections of `auth` that are no schemes. */
const OF_SCHEMES: ReadonlySet<string> = new Set(['revocation', 'failures', 'dpop', 'identityTokens']);

class Check {
  readonly faults: Fault[] = [];
  readonly warnings: Fault[] = [];
  readonly #root: MapNode;
  readonly #world: World;
  readonly #upstreams: readonly string[];
  readonly #plans: readonly string[];
  readonly #schemes: readonly string[];

  constructor(root: MapNode, world: World) {
    this.#root = root;
    this.#world = world;
    this.#upstreams = keys(child(root, 'upstreams'));
    this.#plans = keys(child(root, 'plans'));
    this.#schemes = keys(child(root, 'auth')).filter((key) => !OF_SCHEMES.has(key));
  }

  routes(): void {
    for (const [i, route] of list(child(this.#root, 'routes')).entries()) {
      const path: Path = ['routes', i];
      const to = child(route, 'to');
      this.#refer('upstream', child(to, 'upstream'), this.#upstreams, [...path, 'to', 'upstream']);
      const exchanged = child(child(to, 'exchange'), 'upstream');
      this.#refer('upstream', exchanged, this.#upstreams, [...path, 'to', 'exchange', 'upstream']);
      const called = child(child(to, 'transcode'), 'upstream');
      this.#refer('upstream', called, this.#upstreams, [...path, 'to', 'transcode', 'upstream']);
      this.#schemesOf(route, path);
      if (child(to, 'graph') && !child(this.#root, 'graph')) {
        this.#fault([...path, 'to', 'graph'], 'needs the section "graph", which is not there');
      }
      if (child(to, 'graph') && child(route, 'validate')) {
        this.#fault(
          [...path, 'validate'],
          'has nothing to hold on the graph, whose schema says what it takes',
        );
      }
    }
    this.#schemesOf(child(this.#root, 'graph'), ['graph']);
  }

  consumers(): void {
    const ids = new Map<string, Path>();
    const clients = new Map<string, Path>();
    const hashes = new Map<string, Path>();
    for (const [i, consumer] of list(child(this.#root, 'consumers')).entries()) {
      const path: Path = ['consumers', i];
      this.#refer('plan', child(consumer, 'plan'), this.#plans, [...path, 'plan']);
      this.#once(ids, child(consumer, 'id'), [...path, 'id']);
      const keyIds = new Map<string, Path>();
      const apiKeys = list(child(consumer, 'apiKeys'));
      for (const [k, key] of apiKeys.entries()) {
        this.#once(keyIds, child(key, 'id'), [...path, 'apiKeys', k, 'id']);
        for (const kind of ['sha256', 'hmac'])
          this.#once(hashes, child(key, kind), [...path, 'apiKeys', k, kind]);
        this.#pepperOf(key, [...path, 'apiKeys', k]);
      }
      const known = list(child(consumer, 'clients'));
      for (const [c, client] of known.entries()) this.#once(clients, client, [...path, 'clients', c]);
      const others = [...list(child(consumer, 'certificates')), ...list(child(consumer, 'passwords'))];
      if (apiKeys.length === 0 && known.length === 0 && others.length === 0) {
        this.#warn(path, 'has neither apiKeys nor clients, so no request is ever recognised as its own');
      }
      if (child(consumer, 'passwords') && !this.#schemes.includes('basic')) {
        this.#warn([...path, 'passwords'], 'are never asked for: auth.basic is not configured');
      }
      if (apiKeys.length > 0 && !this.#schemes.includes('apiKey')) {
        this.#warn([...path, 'apiKeys'], 'are never asked for: auth.apiKey is not configured');
      }
    }
  }

  bffs(): void {
    const packages = new Map<string, Path>();
    const mounts = new Map<string, Path>();
    const names = new Map<string, string>();
    for (const [i, bff] of list(child(this.#root, 'bffs')).entries()) {
      const path: Path = ['bffs', i];
      this.#once(packages, child(bff, 'package'), [...path, 'package']);
      this.#once(mounts, child(bff, 'mount'), [...path, 'mount']);
      this.#bffName(names, bff, path);
      this.#bffUpstream(child(bff, 'upstream'), [...path, 'upstream']);
      const named = child(bff, 'package');
      const specifier = textOf(named);
      if (named && specifier !== undefined && this.#world.resolves?.(specifier, named.at.file) === false) {
        this.#fault([...path, 'package'], `the package "${specifier}" is not installed`);
      }
      this.#schemesOf(bff, path);
    }
  }

  admin(): void {
    const host = textOf(child(child(this.#root, 'admin'), 'host'));
    if (host === undefined || child(child(this.#root, 'admin'), 'token')) return;
    if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return;
    this.#fault(
      ['admin', 'host'],
      `"${host}" can be reached from other machines: expected admin.token beside it, or a loopback address`,
    );
  }

  files(): void {
    for (const [scalar, path] of fileSettings(this.#root)) {
      if (scalar.faulty || isWritten(path) || this.#world.exists?.(String(scalar.value)) !== false) continue;
      const message = `there is no file "${scalar.value}"`;
      // What discovers endpoints may come later, and be where the gateway runs alone.
      if (path[2] === 'discover') this.#warn(path, message);
      else this.#fault(path, message);
    }
  }

  /** What is there for developers is allowed where strangers ask, but hardly meant. */
  development(): void {
    const graphiql = child(child(this.#root, 'graph'), 'graphiql');
    if (!this.#world.isProduction || graphiql?.kind !== 'scalar' || graphiql.value !== true) return;
    this.#warn(['graph', 'graphiql'], 'serves GraphiQL to anybody, and NODE_ENV is production');
  }

  /** Once for all: without a section `auth` nobody is asked who they are, which `auth: none` says where it is meant. */
  openness(): void {
    if (child(this.#root, 'auth')) return;
    const open: Path[] = [];
    for (const section of ['routes', 'bffs']) {
      for (const [i, one] of list(child(this.#root, section)).entries()) {
        if (!child(one, 'auth')) open.push([section, i]);
      }
    }
    const graph = child(this.#root, 'graph');
    if (graph && !child(graph, 'auth')) open.push(['graph']);
    const [first, ...others] = open;
    if (!first) return;
    const more = others.length > 0 ? `, like ${others.length} more` : '';
    this.#warn(
      first,
      `is open to anybody${more}, for there is no section "auth": expected one, or auth: none if that is meant`,
    );
  }

  /** Metrics, operators and tokens tell BFFs apart by their names. */
  #bffName(names: Map<string, string>, bff: Node, path: Path): void {
    const mount = textOf(child(bff, 'mount'));
    if (mount === undefined) return;
    const name = bffName({ name: textOf(child(bff, 'name')), mount });
    const first = names.get(name);
    if (first === undefined) names.set(name, mount);
    else if (first !== mount)
      this.#fault([...path, 'name'], `"${name}" is the BFF at ${first}: expected another`);
  }

  #bffUpstream(named: Node | undefined, path: Path): void {
    this.#refer('upstream', named, this.#upstreams, path);
    const name = textOf(named);
    const upstream = name === undefined ? undefined : child(child(this.#root, 'upstreams'), name);
    if (upstream && !child(upstream, 'identityToken'))
      this.#warn(path, `its process is told by nobody who asks: expected identityToken at upstreams.${name}`);
  }

  /** A key that is kept by its HMAC is found by nobody without the pepper. */
  #pepperOf(key: Node, path: Path): void {
    if (!child(key, 'hmac') || child(child(child(this.#root, 'auth'), 'apiKey'), 'pepper')) return;
    this.#fault([...path, 'hmac'], 'needs auth.apiKey.pepper, which is not there');
  }

  /** `auth:` is `none`, or a list of configured schemes, by itself or under `any` or `all`. */
  #schemesOf(node: Node | undefined, path: Path): void {
    const auth = child(node, 'auth');
    const [key] = auth?.kind === 'map' ? keys(auth) : [];
    const where: Path = key === undefined ? [...path, 'auth'] : [...path, 'auth', key];
    for (const [i, scheme] of list(key === undefined ? auth : child(auth, key)).entries()) {
      const name = textOf(scheme);
      if (name === undefined || name === 'anonymous' || this.#schemes.includes(name)) continue;
      const known = suggestion(name, this.#schemes);
      this.#fault([...where, i], `the scheme "${name}" is not configured under auth; ${known}`);
    }
    const all = key === 'all' ? list(child(auth, key)).map(textOf) : [];
    if (all.includes('jwt') && all.includes('introspection')) {
      this.#fault(where, 'can be met by no request: jwt and introspection read the same field');
    }
    const isOpen = auth === undefined ? this.#schemes.length === 0 : textOf(auth) === 'none';
    if (!isOpen) return;
    const why = auth === undefined ? 'nothing is configured under auth' : 'auth is none';
    for (const [section, grant] of [
      ['scopes', 'scope'],
      ['roles', 'role'],
    ] as const) {
      const asked = child(node, section);
      if (asked?.kind !== 'map' && list(asked).length === 0) continue;
      this.#fault([...path, section], `can be had by nobody: ${why}, so no caller has any ${grant}`);
    }
  }

  #refer(what: string, node: Node | undefined, known: readonly string[], path: Path): void {
    const name = textOf(node);
    if (name === undefined || known.includes(name) || (node?.kind === 'scalar' && node.faulty)) return;
    this.#fault(path, `no ${what} is named "${name}"; ${suggestion(name, known)}`);
  }

  #once(seen: Map<string, Path>, node: Node | undefined, path: Path): void {
    const name = textOf(node);
    if (name === undefined) return;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, path);
    else {
      const { file, line } = positionOf(this.#root, first);
      this.#fault(path, `is used already at ${file}:${line}: expected another`);
    }
  }

  #fault(path: Path, message: string): void {
    this.faults.push(faultAt(positionOf(this.#root, path), path, message));
  }

  #warn(path: Path, message: string): void {
    this.warnings.push(faultAt(positionOf(this.#root, path), path, message));
  }
}

/** What the gateway writes itself need not be there yet. */
function isWritten([section, key]: Path): boolean {
  return section === 'telemetry' || section === 'flows' || (section === 'state' && key === 'file');
}

function keys(node: Node | undefined): string[] {
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}

function list(node: Node | undefined): ListNode['items'] {
  return node?.kind === 'list' ? node.items : [];
}

/**
 * The routes of one host: exact paths in a map, patterns in a trie by segment with a map at each node, regular
 * expressions in a list. Finding a route costs the path's segments, not the number of routes.
 */
import type { PathPattern } from './path-pattern.ts';
import type { PathRegex } from './path-regex.ts';
import { isRegex, type Route } from './route.ts';

/** Routes of one and the same path, told apart by method. Conditions on headers would come in here. */
class Leaf<T> {
  readonly byMethod = new Map<string, Route<T>>();
  any: Route<T> | undefined;

  /** The route that stands in the way of `route`, where there is one. */
  add(route: Route<T>): Route<T> | undefined {
    if (route.methods.length === 0) {
      if (this.any) return this.any;
      this.any = route;
      return undefined;
    }
    for (const method of route.methods) {
      const other = this.byMethod.get(method);
      if (other) return other;
      this.byMethod.set(method, route);
    }
    return undefined;
  }

  pick(method: string): Route<T> | undefined {
    return (
      this.byMethod.get(method) ?? (method === 'HEAD' ? this.byMethod.get('GET') : undefined) ?? this.any
    );
  }
}

class TrieNode<T> {
  literal: Map<string, TrieNode<T>> | undefined;
  param: TrieNode<T> | undefined;
  exact: Leaf<T> | undefined;
  prefix: Leaf<T> | undefined;
}

/** One look-up's state across the tables of several hosts. */
export class Search<T> {
  readonly method: string;
  /** In matchable form. */
  readonly path: string;
  /** Methods of routes that would take the path. */
  allowed: Set<string> | undefined;
  bestPrefix: Route<T> | undefined;
  bestDepth = -1;
  #segments: readonly string[] | undefined;

  constructor(method: string, path: string) {
    this.method = method;
    this.path = path;
  }

  get segments(): readonly string[] {
    this.#segments ??= this.path === '/' ? [] : this.path.slice(1).split('/');
    return this.#segments;
  }

  pick(leaf: Leaf<T>): Route<T> | undefined {
    const route = leaf.pick(this.method);
    if (!route) {
      this.allowed ??= new Set();
      for (const method of leaf.byMethod.keys()) this.allowed.add(method);
    }
    return route;
  }
}

export class PathTable<T> {
  readonly #exact = new Map<string, Leaf<T>>();
  readonly #root = new TrieNode<T>();
  #regexes: { readonly regex: PathRegex; readonly leaf: Leaf<T>; readonly route: Route<T> }[] = [];
  #hasExactParams = false;
  #hasPrefixes = false;

  /** The route that takes the same requests, where there is one. */
  add(route: Route<T>): Route<T> | undefined {
    return isRegex(route.path) ? this.#addRegex(route, route.path) : this.#addPattern(route, route.path);
  }

  find(search: Search<T>): Route<T> | undefined {
    const leaf = this.#exact.get(search.path);
    let route = leaf && search.pick(leaf);
    if (!route && this.#hasExactParams) route = exactBelow(this.#root, search, 0);
    if (!route && this.#hasPrefixes) {
      search.bestPrefix = undefined;
      search.bestDepth = -1;
      prefixBelow(this.#root, search, 0);
      route = search.bestPrefix;
    }
    if (route || this.#regexes.length === 0) return route;
    for (const { regex, leaf: ofRegex } of this.#regexes) {
      if (!regex.test(search.path)) continue;
      route = search.pick(ofRegex);
      if (route) return route;
    }
    return undefined;
  }

  #addPattern(route: Route<T>, pattern: PathPattern): Route<T> | undefined {
    if (!pattern.isPrefix && pattern.params.length === 0) {
      let leaf = this.#exact.get(pattern.template);
      if (!leaf) {
        leaf = new Leaf();
        this.#exact.set(pattern.template, leaf);
      }
      return leaf.add(route);
    }
    let node = this.#root;
    for (const segment of pattern.segments) node = childFor(node, segment);
    if (pattern.isPrefix) {
      this.#hasPrefixes = true;
      node.prefix ??= new Leaf();
      return node.prefix.add(route);
    }
    this.#hasExactParams = true;
    node.exact ??= new Leaf();
    return node.exact.add(route);
  }

  #addRegex(route: Route<T>, regex: PathRegex): Route<T> | undefined {
    const leaf = new Leaf<T>();
    leaf.add(route);
    const same = this.#regexes.find(
      (other) => other.regex.source === regex.source && overlaps(other.route, route),
    );
    this.#regexes.push({ regex, leaf, route });
    this.#regexes.sort(
      (a, b) => b.regex.literalPrefix.length - a.regex.literalPrefix.length || a.route.order - b.route.order,
    );
    return same?.route;
  }
}

function overlaps<T>(a: Route<T>, b: Route<T>): boolean {
  if (a.methods.length === 0 || b.methods.length === 0) return a.methods.length === b.methods.length;
  return a.methods.some((method) => b.methods.includes(method));
}

function childFor<T>(node: TrieNode<T>, segment: string | undefined): TrieNode<T> {
  if (segment === undefined) {
    node.param ??= new TrieNode();
    return node.param;
  }
  node.literal ??= new Map();
  let child = node.literal.get(segment);
  if (!child) {
    child = new TrieNode();
    node.literal.set(segment, child);
  }
  return child;
}

/** Literal segments first: what is found is the most particular from the left. */
function exactBelow<T>(node: TrieNode<T>, search: Search<T>, depth: number): Route<T> | undefined {
  const segment = search.segments[depth];
  if (segment === undefined) return node.exact && search.pick(node.exact);
  const literal = node.literal?.get(segment);
  const found = literal && exactBelow(literal, search, depth + 1);
  if (found) return found;
  return node.param && exactBelow(node.param, search, depth + 1);
}

/** Leaves the longest prefix in `search`; among equally long ones the most particular from the left. */
function prefixBelow<T>(node: TrieNode<T>, search: Search<T>, depth: number): void {
  const segment = search.segments[depth];
  if (segment !== undefined) {
    const literal = node.literal?.get(segment);
    if (literal) prefixBelow(literal, search, depth + 1);
    if (node.param) prefixBelow(node.param, search, depth + 1);
  }
  if (node.prefix && depth > search.bestDepth) {
    const route = search.pick(node.prefix);
    if (!route) return;
    search.bestPrefix = route;
    search.bestDepth = depth;
  }
}

/**
 * The routes of one host: exact paths in a map, patterns in a trie by segment with a map at each node, regular
 * expressions in a map by their literal start. Finding a route costs the path's segments, not the number of routes.
 */
import { Leaf } from './leaf.ts';
import type { LinearRegex } from './linear-regex.ts';
import type { PathPattern } from './path-pattern.ts';
import { isRegex, type Route } from './route.ts';
import type { Search } from './search.ts';

class TrieNode<T> {
  literal: Map<string, TrieNode<T>> | undefined = undefined;
  param: TrieNode<T> | undefined = undefined;
  exact: Leaf<T> | undefined = undefined;
  prefix: Leaf<T> | undefined = undefined;
}

/** Regular expressions whose literal starts have one length, by that start. */
interface RegexesByStart<T> {
  readonly length: number;
  readonly leaves: Map<string, Leaf<T>>;
}

export class PathTable<T> {
  readonly #exact = new Map<string, Leaf<T>>();
  readonly #root = new TrieNode<T>();
  readonly #leaves: Leaf<T>[] = [];
  /** The longest first. */
  readonly #regexes: RegexesByStart<T>[] = [];
  #hasExactParams = false;
  #hasPrefixes = false;

  /** The route that can't be told apart from this one, where there is one. */
  add(route: Route<T>): Route<T> | undefined {
    return isRegex(route.path) ? this.#addRegex(route, route.path) : this.#addPattern(route, route.path);
  }

  /** After the last `add`, before the first `find`. */
  seal(): void {
    for (const leaf of this.#leaves) leaf.seal();
  }

  find(search: Search<T>): Route<T> | undefined {
    const leaf = this.#exact.get(search.path);
    let route = leaf?.pick(search);
    if (!route && this.#hasExactParams) route = exactBelow(this.#root, search, 0);
    if (!route && this.#hasPrefixes) {
      search.bestPrefix = undefined;
      search.bestDepth = -1;
      prefixBelow(this.#root, search, 0);
      route = search.bestPrefix;
    }
    return route ?? (this.#regexes.length > 0 ? this.#findRegex(search) : undefined);
  }

  #findRegex(search: Search<T>): Route<T> | undefined {
    const { path, slashed } = search;
    for (const { length, leaves } of this.#regexes) {
      const text = path.length < length ? slashed : path;
      const start = text === undefined || text.length < length ? undefined : text.slice(0, length);
      const route = start === undefined ? undefined : leaves.get(start)?.pick(search);
      if (route) return route;
    }
    return undefined;
  }

  #addPattern(route: Route<T>, pattern: PathPattern): Route<T> | undefined {
    if (!pattern.isPrefix && pattern.params.length === 0) {
      let leaf = this.#exact.get(pattern.template);
      if (!leaf) {
        leaf = this.#leaf();
        this.#exact.set(pattern.template, leaf);
      }
      return leaf.add(route);
    }
    let node = this.#root;
    for (const segment of pattern.segments) node = childFor(node, segment);
    if (pattern.isPrefix) {
      this.#hasPrefixes = true;
      node.prefix ??= this.#leaf();
      return node.prefix.add(route);
    }
    this.#hasExactParams = true;
    node.exact ??= this.#leaf();
    return node.exact.add(route);
  }

  #addRegex(route: Route<T>, { literalPrefix }: LinearRegex): Route<T> | undefined {
    const { length } = literalPrefix;
    let starts = this.#regexes.find((other) => other.length === length);
    if (!starts) {
      starts = { length, leaves: new Map() };
      this.#regexes.push(starts);
      this.#regexes.sort((a, b) => b.length - a.length);
    }
    let leaf = starts.leaves.get(literalPrefix);
    if (!leaf) {
      leaf = this.#leaf();
      starts.leaves.set(literalPrefix, leaf);
    }
    return leaf.add(route);
  }

  #leaf(): Leaf<T> {
    const leaf = new Leaf<T>();
    this.#leaves.push(leaf);
    return leaf;
  }
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
  if (segment === undefined) return node.exact?.pick(search);
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
    const route = node.prefix.pick(search);
    if (!route) return;
    search.bestPrefix = route;
    search.bestDepth = depth;
  }
}

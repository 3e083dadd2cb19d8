/** One look-up's state across the tables of several hosts. */
import { matchablePath, slashedPath } from './path-pattern.ts';
import { RequestView, type RoutableRequest } from './request-view.ts';
import type { Route } from './route.ts';

export class Search<T> {
  readonly request: RoutableRequest;
  readonly method: string;
  /** In matchable form. */
  readonly path: string;
  /** Methods of routes that would take the request, but for its method. */
  allowed: Set<string> | undefined = undefined;
  bestPrefix: Route<T> | undefined = undefined;
  bestDepth = -1;
  #segments: readonly string[] | undefined = undefined;
  #slashed: string | undefined | null = null;
  #view: RequestView | undefined = undefined;

  constructor(request: RoutableRequest) {
    this.request = request;
    this.method = request.method;
    this.path = matchablePath(request.path);
  }

  get segments(): readonly string[] {
    this.#segments ??= this.path === '/' ? [] : this.path.slice(1).split('/');
    return this.#segments;
  }

  /** The path with the slash at its end; `undefined` where it has none. For regular expressions alone. */
  get slashed(): string | undefined {
    if (this.#slashed === null) this.#slashed = slashedPath(this.request.path);
    return this.#slashed;
  }

  /** Made where a route with conditions is asked, and not before. */
  get view(): RequestView {
    this.#view ??= new RequestView(this.request, this.path);
    return this.#view;
  }

  allow(methods: Iterable<string>): void {
    this.allowed ??= new Set();
    for (const method of methods) this.allowed.add(method);
  }
}

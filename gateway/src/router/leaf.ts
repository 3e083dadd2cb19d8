/**
 * The routes of one path (or of regular expressions with one literal start), told apart by method and conditions. Each
 * method has its routes in the order in which they are asked; a path whose routes have no conditions pays one look-up.
 */
import { compareWithinPath, isRegex, type Route, takesMethod, takesPath } from './route.ts';
import { RouteIndex } from './route-index.ts';
import type { Condition } from './routing.ts';
import type { Search } from './search.ts';

/** More routes than this in one list get an index over the texts that they ask for. */
const INDEXED_FROM = 8;

/** The routes that one method asks, in order. */
type Candidates<T> = readonly Route<T>[] | RouteIndex<T>;

export class Leaf<T> {
  readonly #routes: Route<T>[] = [];
  readonly #seen = new Map<string, Route<T>>();
  readonly #byMethod = new Map<string, Candidates<T>>();
  #otherMethods: Candidates<T> = [];
  #methods: readonly string[] = [];
  #isConditional = false;

  /** The route that can't be told apart from `route`, where there is one. */
  add(route: Route<T>): Route<T> | undefined {
    const [first] = this.#routes;
    this.#routes.push(route);
    // A path alone needs no key; that of a regular expression is dear.
    if (!first) return undefined;
    if (this.#seen.size === 0) this.#see(first);
    return this.#see(route);
  }

  #see(route: Route<T>): Route<T> | undefined {
    const pattern = isRegex(route.path) ? route.path.key : '';
    for (const method of route.methods.length === 0 ? ['any'] : route.methods) {
      const key = `${method} ${route.priority} ${route.conditionsKey} ${pattern}`;
      const other = this.#seen.get(key);
      if (other) return other;
      this.#seen.set(key, route);
    }
    return undefined;
  }

  /** After the last `add`, before the first `pick`. */
  seal(): void {
    this.#seen.clear();
    this.#methods = [...new Set(this.#routes.flatMap(({ methods }) => methods))];
    this.#isConditional = this.#routes.some((route) => route.conditions.length > 0 || isRegex(route.path));
    const listed = this.#methods.includes('GET') ? new Set([...this.#methods, 'HEAD']) : this.#methods;
    for (const method of listed) this.#byMethod.set(method, this.#candidates(method));
    this.#otherMethods = this.#candidates('');
  }

  pick(search: Search<T>): Route<T> | undefined {
    const candidates = this.#byMethod.get(search.method) ?? this.#otherMethods;
    const route =
      candidates instanceof RouteIndex ? candidates.pick(search) : firstTaking(candidates, search);
    if (!route && this.#methods.length > 0) this.#allow(search);
    return route;
  }

  #allow(search: Search<T>): void {
    if (!this.#isConditional) search.allow(this.#methods);
    else {
      for (const route of this.#routes) {
        if (route.methods.length > 0 && takes(route, search)) search.allow(route.methods);
      }
    }
  }

  #candidates(method: string): Candidates<T> {
    const routes = this.#routes
      .filter((route) => takesMethod(route, method))
      .sort((a, b) => compareWithinPath(a, b, method));
    return routes.length >= INDEXED_FROM ? new RouteIndex(routes, takes) : routes;
  }
}

function firstTaking<T>(routes: readonly Route<T>[], search: Search<T>): Route<T> | undefined {
  for (let i = 0; i < routes.length; i += 1) {
    const route = routes[i];
    if (route && takes(route, search)) return route;
  }
  return undefined;
}

/** Whether a route of this leaf, whose method is right, takes the request. */
function takes<T>(route: Route<T>, search: Search<T>): boolean {
  if (isRegex(route.path) && !takesPath(route, search.path, search.slashed)) return false;
  const { conditions } = route;
  return conditions.length === 0 || allHold(conditions, search);
}

function allHold<T>(conditions: readonly Condition[], { view }: Search<T>): boolean {
  for (let i = 0; i < conditions.length; i += 1) {
    const condition = conditions[i];
    if (condition && !condition.test.passes(condition.read(view))) return false;
  }
  return true;
}

/**
 * Many routes of one path, found by the texts that they ask for: of a thousand routes that differ in their tenant, a
 * request asks those of its own tenant, and those that ask for no text at all.
 */
import type { Route } from './route.ts';
import type { Condition, Read } from './routing.ts';
import type { Search } from './search.ts';

interface TextIndex {
  readonly read: Read;
  /** Places of routes, ascending. */
  readonly placesOf: Map<string, number[]>;
}

export class RouteIndex<T> {
  readonly #routes: readonly Route<T>[];
  readonly #takes: (route: Route<T>, search: Search<T>) => boolean;
  readonly #indexes: readonly TextIndex[];
  /** Places of the routes that ask for no text. */
  readonly #others: readonly number[];

  /** `routes` in the order in which they are asked. */
  constructor(routes: readonly Route<T>[], takes: (route: Route<T>, search: Search<T>) => boolean) {
    this.#routes = routes;
    this.#takes = takes;
    const uses = new Map<string, number>();
    for (const { conditions } of routes) {
      for (const { id } of conditions.filter(asksForText)) uses.set(id, (uses.get(id) ?? 0) + 1);
    }
    const indexes = new Map<string, TextIndex>();
    const others: number[] = [];
    for (const [place, { conditions }] of routes.entries()) {
      const [chosen] = conditions
        .filter(asksForText)
        .sort((a, b) => (uses.get(b.id) ?? 0) - (uses.get(a.id) ?? 0));
      if (chosen) indexUnder(indexes, chosen, place);
      else others.push(place);
    }
    this.#indexes = [...indexes.values()];
    this.#others = others;
  }

  /** The first route in order that takes the request. */
  pick(search: Search<T>): Route<T> | undefined {
    let best = this.#routes.length;
    for (const { read, placesOf } of this.#indexes) {
      const text = read(search.view);
      const places = text === undefined ? undefined : placesOf.get(text);
      if (places) best = this.#firstOf(places, best, search);
    }
    best = this.#firstOf(this.#others, best, search);
    return this.#routes[best];
  }

  /** The first of these places whose route takes the request, where it is before `best`. */
  #firstOf(places: readonly number[], best: number, search: Search<T>): number {
    for (const place of places) {
      if (place >= best) return best;
      const route = this.#routes[place];
      if (route && this.#takes(route, search)) return place;
    }
    return best;
  }
}

function asksForText({ test }: Condition): boolean {
  return test.texts !== undefined;
}

function indexUnder(indexes: Map<string, TextIndex>, { id, read, test }: Condition, place: number): void {
  let index = indexes.get(id);
  if (!index) {
    index = { read, placesOf: new Map() };
    indexes.set(id, index);
  }
  for (const text of test.texts ?? []) {
    const places = index.placesOf.get(text);
    if (places) places.push(place);
    else index.placesOf.set(text, [place]);
  }
}

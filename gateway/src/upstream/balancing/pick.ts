/** Which endpoint of several takes a call: first a level by its part of the calls, then one of the level's endpoints. */
import { LEAST_PRIORITY, NORMAL_PRIORITY } from '../../core/priority.ts';
import type { UpstreamCall } from '../call.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Balancer, Pickable } from './balancer.ts';
import type { Level, Placement } from './placement.ts';
import { hashPair, pointOf } from './stable-hash.ts';

export interface EndpointPickerOptions {
  readonly placement: Placement;
  readonly balancer: Balancer;
  /** A call went to another zone or priority than the first, or health was ignored. */
  readonly strayed?: ((how: 'zone' | 'priority' | 'panic') => void) | undefined;
}

type Place = Pickable & { readonly endpoint: Endpoint };

/** So that a key's level and its place in the level have nothing to do with each other. */
const LEVEL_SALT = 0x6c657665;

export class EndpointPicker {
  readonly #options: EndpointPickerOptions;

  constructor(options: EndpointPickerOptions) {
    this.#options = options;
  }

  /**
   * One that is available, and not where the call's last attempt went where there is another; `undefined` when none
   * is. Levels beyond the one that the call fell to are asked when that has none.
   */
  pick(call: UpstreamCall): Endpoint | undefined {
    const levels = this.#levels();
    const first = this.#firstOf(levels, call);
    for (let i = 0; i < levels.length; i += 1) {
      const level = levels[i === 0 ? first : i <= first ? i - 1 : i];
      const picked = level && this.#pickFrom(level, placesOf(level, call), call);
      if (picked) return picked;
    }
    if (call.hedge === 'another') return undefined;
    const { endpoint: last } = call;
    const places = levels.flatMap((level) => placesOf(level, call));
    const same = places.find((one) => one.endpoint === last && one.available);
    return same ? same.endpoint : pickFull(places, call);
  }

  /** The same, without those; the last attempt's place counts like any other. */
  pickBut(call: UpstreamCall, unwilling: readonly Endpoint[]): Endpoint | undefined {
    const without = call.hedge === 'another' && call.endpoint ? [...unwilling, call.endpoint] : unwilling;
    for (const level of this.#levels()) {
      const places = placesOf(level, call).filter((place) => !without.some((one) => one === place.endpoint));
      const picked = this.#options.balancer(places, undefined, call.affinity);
      if (picked) return this.#take(level, picked.endpoint);
    }
    return undefined;
  }

  #levels(): readonly Level[] {
    return this.#options.placement.levels;
  }

  #firstOf(levels: readonly Level[], { affinity }: UpstreamCall): number {
    if (levels.length < 2) return 0;
    const point = affinity === undefined ? undefined : pointOf(hashPair(affinity, LEVEL_SALT));
    return this.#options.placement.firstOf(levels, point);
  }

  #pickFrom(level: Level, places: readonly Place[], call: UpstreamCall): Endpoint | undefined {
    const { endpoint: last, affinity } = call;
    const avoid = last && places.find(({ endpoint }) => endpoint === last);
    const picked = this.#options.balancer(places, avoid, affinity);
    return picked && this.#take(level, picked.endpoint);
  }

  #take(level: Level, endpoint: Endpoint): Endpoint {
    const { strayed } = this.#options;
    if (level.panic) strayed?.('panic');
    if (level.beyond !== undefined) strayed?.(level.beyond);
    return endpoint;
  }
}

/** All are full: one where a less important call would make way. Streams do not wait, so none of them does. */
function pickFull(places: readonly Place[], { context, stream }: UpstreamCall): Endpoint | undefined {
  const { priority = NORMAL_PRIORITY } = context;
  if (stream || priority === LEAST_PRIORITY) return undefined;
  return places.find(({ endpoint }) => endpoint.admits(priority))?.endpoint;
}

function placesOf(level: Level, call: UpstreamCall): readonly Place[] {
  return call.stream ? level.streamTargets : level.targets;
}

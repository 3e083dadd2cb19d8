/** What this BFF reads of the REST backends, as `schema/*.openapi.yaml` states it. */
import { defineBackends, json } from '@frontdesk/gateway/bff';

export interface Money {
  readonly amount: number;
  readonly currency: 'EUR';
}

export type Tier = 'bronze' | 'silver' | 'gold' | 'platinum';

/** Of `users.openapi.yaml`: what the card is made of. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
  readonly avatar_url: string | null;
}

/** Of `recommendations.openapi.yaml`. */
export interface Recommendations {
  readonly user: string;
  readonly recommendations: readonly {
    readonly upc: string;
    readonly name: string;
    readonly category: string;
    readonly price: Money;
    readonly score: number;
  }[];
}

export const backends = defineBackends({
  users: {
    get: {
      '/users/{id}': json<User>({ batch: { path: '/users', param: 'ids', key: 'id', items: 'users' } }),
    },
  },
  recommendations: {
    get: { '/for': json<Recommendations>() },
  },
});

export const { part, screen } = backends;

/** What this BFF reads of the REST backends, as `schema/*.openapi.yaml` states it. */
import { defineBackends, json } from '@frontdesk/gateway/bff';

export interface Money {
  readonly amount: number;
  readonly currency: 'EUR';
}

export type Tier = 'bronze' | 'silver' | 'gold' | 'platinum';

/** Of `users.openapi.yaml`. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly city: string;
  readonly tier: Tier;
  readonly avatar_url: string | null;
  readonly member_since: string;
  readonly addresses: readonly {
    readonly label: string;
    readonly street: string;
    readonly city: string;
    readonly postcode: string;
  }[];
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
    readonly reason: string;
  }[];
}

/** Of `analytics.openapi.yaml`. */
export interface Summary {
  readonly user: string;
  readonly orders: { readonly count: number; readonly spent: Money; readonly average: Money };
  readonly trips: { readonly count: number; readonly distance_meters: number; readonly spent: Money };
  readonly reviews: { readonly count: number; readonly average_rating: number | null };
  readonly favourite_category: string | null;
  readonly monthly: readonly { readonly month: string; readonly orders: number; readonly spent: Money }[];
}

/** Of `payments.openapi.yaml`. */
export interface Payments {
  readonly user: string;
  readonly payments: readonly {
    readonly id: string;
    readonly order: string | null;
    readonly amount: Money;
    readonly refunded: Money;
    readonly status: string;
    readonly description: string;
    readonly card: { readonly brand: string; readonly last4: string };
    readonly created_at: string;
  }[];
}

export const backends = defineBackends({
  users: {
    get: {
      '/users/{id}': json<User>({ batch: { path: '/users', param: 'ids', key: 'id', items: 'users' } }),
    },
  },
  recommendations: { get: { '/for': json<Recommendations>() } },
  analytics: { get: { '/summary': json<Summary>() } },
  payments: { get: { '/payments': json<Payments>() } },
});

export const { part, screen } = backends;

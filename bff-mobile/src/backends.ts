/** What this BFF reads of the backends, as `schema/*.openapi.yaml` and `schema/*.proto` state it. */
import { defineBackends, grpc, json } from '@frontdesk/gateway/bff';
import type { Dispatch } from '@frontdesk/schema/dispatch.d.ts';

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
  dispatch: grpc<Dispatch>({
    service: 'frontdesk.dispatch.v1.Dispatch',
    proto: import.meta.resolve('@frontdesk/schema/dispatch.proto'),
  }),
});

export const { part, screen } = backends;

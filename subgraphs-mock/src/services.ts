/** Every service of the company by its name, with the port that it has in the demo. */
import { SUBGRAPHS } from './graph/modules.ts';
import { createSubgraph } from './graph/subgraph.ts';
import { createDispatch } from './grpc/dispatch.ts';
import type { ServiceFactory } from './http/server.ts';
import { createIdentityProvider } from './idp/identity-provider.ts';
import { createInvoices } from './legacy/invoices.ts';
import { createLive } from './live/live.ts';
import { createAnalytics } from './rest/analytics.ts';
import { createNotifications } from './rest/notifications.ts';
import { createPayments } from './rest/payments.ts';
import { createRecommendations } from './rest/recommendations.ts';
import { createUsers } from './rest/users.ts';

export const SERVICES = {
  idp: { port: 4100, create: createIdentityProvider },
  users: { port: 4101, create: createUsers },
  recommendations: { port: 4102, create: createRecommendations },
  analytics: { port: 4103, create: createAnalytics },
  payments: { port: 4104, create: createPayments },
  notifications: { port: 4105, create: createNotifications },
  dispatch: { port: 4106, create: createDispatch },
  invoices: { port: 4107, create: createInvoices },
  live: { port: 4108, create: createLive },
  accounts: { port: 4111, create: () => createSubgraph(SUBGRAPHS.accounts) },
  products: { port: 4112, create: () => createSubgraph(SUBGRAPHS.products) },
  orders: { port: 4113, create: () => createSubgraph(SUBGRAPHS.orders) },
  trips: { port: 4114, create: () => createSubgraph(SUBGRAPHS.trips) },
  reviews: { port: 4115, create: () => createSubgraph(SUBGRAPHS.reviews) },
} as const satisfies Record<string, { readonly port: number; readonly create: ServiceFactory }>;

export type ServiceName = keyof typeof SERVICES;

export function isServiceName(text: string): text is ServiceName {
  return Object.hasOwn(SERVICES, text);
}

export const SERVICE_NAMES: readonly ServiceName[] = Object.keys(SERVICES).filter(isServiceName);

/** Every service of the company by its name, with the port that it has in the demo. */
import { changedOrders, changedProfiles, changedReviews } from './graph/changes.ts';
import type { SubgraphName } from './graph/module.ts';
import { SUBGRAPHS } from './graph/modules.ts';
import { createSubgraph, type SubgraphExtras } from './graph/subgraph.ts';
import { createDispatch } from './grpc/dispatch.ts';
import type { ServiceParts, ServiceTools } from './http/server.ts';
import { createIdentityProvider } from './idp/identity-provider.ts';
import { createInvoices } from './legacy/invoices.ts';
import { createLive } from './live/live.ts';
import { createAnalytics } from './rest/analytics.ts';
import { createNotifications } from './rest/notifications.ts';
import { createPayments } from './rest/payments.ts';
import { createRecommendations } from './rest/recommendations.ts';
import { tripBooks, tripsRest } from './rest/trips.ts';
import { createUsers } from './rest/users.ts';
import type { World } from './world.ts';

/** Makes a service: it is told its own address, and the world that it shares with the others. */
export type WorldlyFactory = (
  url: string,
  tools: ServiceTools,
  world: World,
) => ServiceParts | Promise<ServiceParts>;

const subgraph =
  (name: SubgraphName, extras?: SubgraphExtras): WorldlyFactory =>
  (_url, _tools, world) =>
    createSubgraph(SUBGRAPHS[name], world, extras);

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
  accounts: { port: 4111, create: subgraph('accounts', { books: changedProfiles }) },
  products: { port: 4112, create: subgraph('products') },
  orders: { port: 4113, create: subgraph('orders', { books: changedOrders }) },
  trips: { port: 4114, create: subgraph('trips', { rest: tripsRest, books: tripBooks }) },
  reviews: { port: 4115, create: subgraph('reviews', { books: changedReviews }) },
} as const satisfies Record<string, { readonly port: number; readonly create: WorldlyFactory }>;

export type ServiceName = keyof typeof SERVICES;

export function isServiceName(text: string): text is ServiceName {
  return Object.hasOwn(SERVICES, text);
}

export const SERVICE_NAMES: readonly ServiceName[] = Object.keys(SERVICES).filter(isServiceName);

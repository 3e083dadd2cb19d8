/** All subgraphs, and where their SDL is. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { accounts } from './accounts.ts';
import type { SubgraphModule, SubgraphName } from './module.ts';
import { orders } from './orders.ts';
import { products } from './products.ts';
import { reviews } from './reviews.ts';
import { trips } from './trips.ts';

export const SUBGRAPHS: Readonly<Record<SubgraphName, SubgraphModule>> = {
  accounts,
  products,
  orders,
  trips,
  reviews,
};

export function subgraphSdl(name: SubgraphName): string {
  const location = import.meta.resolve(`@frontdesk/schema/subgraphs/${name}.graphql`);
  return readFileSync(fileURLToPath(location), 'utf8');
}

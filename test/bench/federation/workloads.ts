/** What the graph is measured with: each row of requests, and what they may share. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Workload {
  readonly title: string;
  /** The request's JSON body. */
  readonly body: string;
  /** As in request.lua. */
  readonly mode: 'own' | 'same' | 'churn';
  /** Whether identical requests in flight may share one execution. */
  readonly shareInbound: boolean;
  /** Measured for what it takes; a peer is not asked. */
  readonly alone?: boolean;
}

const benchmarkQuery = readFileSync(join(import.meta.dirname, 'query.graphql'), 'utf8');
const body = (query: string): string => JSON.stringify({ query });

export const WORKLOADS: readonly Workload[] = [
  {
    title: 'benchmark query, nothing can be shared',
    body: body(benchmarkQuery),
    mode: 'own',
    shareInbound: false,
  },
  {
    title: 'benchmark query, as it comes: identical fetches in flight are shared',
    body: body(benchmarkQuery),
    mode: 'same',
    shareInbound: false,
  },
  {
    title: 'identical requests, sharing allowed',
    body: body(benchmarkQuery),
    mode: 'same',
    shareInbound: true,
  },
  { title: 'small query', body: body('{ me { id name } }'), mode: 'own', shareInbound: false },
  {
    title: 'a reply of 8 MiB from one subgraph',
    body: body('{ catalogue(first: 140000) { upc name price weight } }'),
    mode: 'own',
    shareInbound: false,
    alone: true,
  },
  {
    title: 'a list of 10,000 entities, joined from two subgraphs',
    body: body('{ catalogue(first: 10000) { upc name inStock shippingEstimate } }'),
    mode: 'own',
    shareInbound: false,
    alone: true,
  },
  {
    title: '1,000 distinct operations in turn',
    body: body('{ PLACE: topProducts { upc name inStock reviews { id } } }'),
    mode: 'churn',
    shareInbound: false,
    alone: true,
  },
];

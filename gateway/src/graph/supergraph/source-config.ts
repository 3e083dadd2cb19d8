/**
 * `graph.supergraph`: where the supergraph comes from. Text names a file or a URL that is read at the start and on
 * SIGHUP; an object names a source that is followed while the gateway runs.
 */
import { z } from 'zod';
import { durationMs, fieldName, httpUrl, name } from '../../settings/settings.ts';

/** Less would be a load on whoever is asked. */
const MIN_POLL_MS = 100;
/** Composition asks all subgraphs at once. */
const MAX_SUBGRAPHS = 1_000;

const poll = (initial: string) =>
  durationMs
    .refine((ms) => ms >= MIN_POLL_MS, { message: `expected at least ${MIN_POLL_MS}ms` })
    .prefault(initial)
    .describe('How often it is asked again');

const headers = z
  .record(fieldName, z.string())
  .default({})
  .describe('Header fields that are sent with each request, such as authorization');

const startWithin = durationMs
  .prefault('10s')
  .describe('At the start: how long to try again where it cannot be reached; then the gateway ends');

const fileSource = z.strictObject({
  file: z.string().min(1).describe('A file with the SDL, relative to this configuration'),
  watch: z.boolean().default(true).describe('Take over what is written to it while the gateway runs'),
});

const urlSource = z.strictObject({
  url: httpUrl.describe('Where the SDL is had by GET'),
  poll: poll('30s'),
  headers,
  timeout: durationMs.prefault('10s').describe('The longest wait for one answer'),
  startWithin,
});

const subgraphSource = z.strictObject({
  name: name.describe('Its name in the supergraph'),
  url: httpUrl
    .optional()
    .describe('Where it is; by default that of the upstream which says `subgraph` with this name'),
  headers,
});

const subgraphsSource = z.strictObject({
  subgraphs: z
    .union([z.literal('upstreams'), z.array(subgraphSource).min(1).max(MAX_SUBGRAPHS)])
    .describe('Running subgraphs to compose: a list, or `upstreams` for all that say `subgraph`'),
  poll: poll('10s'),
  headers,
  timeout: durationMs.prefault('10s').describe('The longest wait for the schema of one subgraph'),
  startWithin,
});

export const supergraphSourceConfig = z
  .union([z.string().min(1), fileSource, urlSource, subgraphsSource])
  .describe('The supergraph: a file or a URL, or an object that says how it is followed');

export type SupergraphSourceConfig = z.output<typeof supergraphSourceConfig>;
export type UrlSourceConfig = z.output<typeof urlSource>;
export type SubgraphsSourceConfig = z.output<typeof subgraphsSource>;

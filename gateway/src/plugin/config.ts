/** One entry of `plugins`: which package, what it is told, where it stands, and what happens when it fails. */
import { z } from 'zod';
import { SECRET } from '../settings/secret.ts';
import { durationMs } from '../settings/settings.ts';

const MAX_PLUGINS = 64;

const placeConfig = z
  .strictObject({
    before: z.string().optional().describe('The step before which it stands'),
    after: z.string().optional().describe('The step after which it stands'),
  })
  .refine(({ before, after }) => (before === undefined) !== (after === undefined), {
    message: 'expected exactly one of before and after',
  });

/** A name under `upstreams`, or a subgraph that stands in the supergraph alone. */
const upstreamName = z
  .string()
  .regex(/^(subgraph:)?[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'expected a name under upstreams, or subgraph:<name>');

const pluginConfig = z.strictObject({
  package: z
    .string()
    .min(1)
    .describe(
      "The team's package, or a module by its path from here: its default export is a definePlugin(...)",
    ),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected lower-case letters, digits and -')
    .optional()
    .describe("What errors, logs and metrics call it; the plugin's own name by default"),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('What the plugin is told: its own keys')
    .meta(SECRET),
  place: placeConfig.optional().describe('Where it stands; where the plugin itself says by default'),
  routes: z
    .array(z.string().regex(/^[/~]/, 'expected a path as frontdesk routes prints it'))
    .optional()
    .describe(
      'Paths of the routes that it stands on, as frontdesk routes prints them; a * at the end stands for any rest. All that are configured by default',
    ),
  upstreams: z
    .array(upstreamName)
    .optional()
    .describe('Upstreams whose calls it sees; all that are configured by default'),
  timeout: durationMs
    .refine((ms) => ms >= 1 && ms <= 60_000, 'expected 1ms to 60s')
    .prefault('1s')
    .describe('Longest time of its own for one request, without what it waits for behind it'),
  onError: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe('Whether a request goes on without it where it fails; skip only where the plugin allows it'),
  credentials: z
    .boolean()
    .default(false)
    .describe('Whether it may see credentials, such as authorization and cookie'),
});

export const pluginsConfig = z.array(pluginConfig).max(MAX_PLUGINS).default([]);

export type PluginConfig = z.output<typeof pluginConfig>;

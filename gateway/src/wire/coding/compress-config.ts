/** `compress`: which replies are coded, and how. */
import { z } from 'zod';
import { sizeBytes } from '../../settings/settings.ts';

/** What a reply's type must be for coding to save something: `text/*`, `*+json` or a whole type. */
const mediaPattern = z
  .string()
  .regex(
    /^(?:[a-z0-9.-]+\/(?:\*|[a-z0-9.+-]+)|\*\+[a-z0-9.-]+)$/,
    'expected a type in lower case such as application/json, text/* or *+json',
  );

const TYPES = [
  'text/*',
  'application/json',
  '*+json',
  'application/xml',
  '*+xml',
  'application/javascript',
  'application/x-ndjson',
  'application/jsonl',
  'application/wasm',
];

const compressSettings = z.strictObject({
  codings: z
    .array(z.enum(['zstd', 'br', 'gzip']))
    .min(1)
    .default(['zstd', 'br', 'gzip'])
    .describe('Codings that are offered, the best first where the client likes several alike'),
  levels: z
    .strictObject({
      gzip: z.int().min(1).max(9).default(1).describe('1 (fast) to 9 (small)'),
      br: z
        .int()
        .min(0)
        .max(11)
        .default(1)
        .describe('0 (fast) to 11 (small); beyond 5 for what is kept alone'),
      zstd: z.int().min(1).max(19).default(1).describe('1 (fast) to 19 (small)'),
    })
    .prefault({})
    .describe('How hard each coding tries'),
  minSize: sizeBytes.prefault('1KiB').describe('Smaller replies of known length stay as they are'),
  types: z
    .array(mediaPattern)
    .min(1)
    .max(256)
    .default(TYPES)
    .describe('Types that are coded; text/event-stream only where it is named itself'),
  flush: z
    .boolean()
    .default(false)
    .describe('Lets each piece of a streamed reply go at once; event streams always do'),
  crossSite: z
    .boolean()
    .default(false)
    .describe(
      'Codes answers to requests with cookies that a page of another site caused too: their size may tell a secret (BREACH)',
    ),
});

/** `true` is all as it comes, `false` switches off what holds elsewhere. */
export const compressConfig = z.union([z.boolean(), compressSettings]);

export type CompressConfig = z.output<typeof compressConfig>;
export type CompressSettings = z.output<typeof compressSettings>;

/** What holds for a route: its own settings, or those for all. */
export function compressSettingsOf(
  own: CompressConfig | undefined,
  all: CompressConfig | undefined,
): CompressSettings | undefined {
  const chosen = own ?? all ?? false;
  if (chosen === false) return undefined;
  if (chosen !== true) return chosen;
  return typeof all === 'object' ? all : compressSettings.parse({});
}

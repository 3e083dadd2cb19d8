/** `upstreams.X.split`: an upstream whose calls go to others, each to its share. */
import { z } from 'zod';
import { durationMs, fieldName, name, scopes } from '../../settings/settings.ts';
import { type AffinityKey, affinityKey } from '../balancing/affinity.ts';
import { percent } from './percent.ts';

const MAX_SIDES = 8;
const MAX_STEPS = 32;
const COOKIE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const sideConfig = z.strictObject({
  upstream: name.describe('A name under upstreams; not a split itself'),
  weight: z
    .number()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe(
      "Share of the calls against the others' weights; the first side without one has the rest of 100",
    ),
});

const MAX_KEYS = 4;

/** One key or several; `none` is no key. */
const stickyKeys = z
  .union([z.string(), z.array(z.string()).min(1).max(MAX_KEYS)], {
    error: `expected a key such as consumer, header:NAME or cookie:NAME, a list of ${MAX_KEYS} at most, or none`,
  })
  .transform((given, context) => {
    const keys: AffinityKey[] = [];
    for (const text of given === 'none' ? [] : [given].flat()) {
      const key = affinityKey.safeParse(text);
      if (key.success) keys.push(key.data);
      else context.addIssue({ code: 'custom', message: key.error.issues[0]?.message ?? '' });
    }
    return keys;
  });

const forceConfig = z
  .strictObject({
    header: fieldName.optional().describe('A field whose value names the side'),
    cookie: z
      .string()
      .regex(COOKIE, 'expected the name of a cookie')
      .optional()
      .describe('The same as a cookie'),
    values: z
      .record(z.string().min(1).max(128), name)
      .optional()
      .describe("Values and the sides that they mean; the sides' own names where not set"),
    scopes: scopes.describe('What a caller must be allowed for its word to count'),
    pass: z.boolean().default(false).describe('Whether the backend sees the field'),
  })
  .refine(({ header, cookie }) => header !== undefined || cookie !== undefined, {
    message: 'expected header or cookie',
  });

const stepConfig = z.strictObject({
  weight: percent.describe('Percentage of the calls that go to the second side'),
  for: durationMs.optional().describe('How long; every step but the last says so'),
});

const latencyConfig = z.strictObject({
  quantile: z.enum(['p50', 'p75', 'p90', 'p95', 'p99']).default('p95').describe('Which latency is compared'),
  ratio: z.number().min(1).max(100).default(1.5).describe("How many times the first side's it may be"),
  margin: durationMs.prefault('10ms').describe('By how much it must be longer at least'),
});

const rollbackConfig = z.strictObject({
  errorRate: percent
    .prefault('2%')
    .describe("How much more of a side's calls may fail than of the first side's, in percentage points"),
  latency: latencyConfig.optional().describe('How much slower it may be; not judged by default'),
  window: durationMs
    .prefault('1m')
    .refine((ms) => ms >= 1000, 'expected 1s or more')
    .describe('The time over which both sides are compared'),
  minimumCalls: z
    .int()
    .min(20)
    .max(1_000_000)
    .default(100)
    .describe('Calls that each of the two must have had in the window'),
});

const stickyCookieConfig = z.strictObject({
  name: z.string().regex(COOKIE, 'expected the name of a cookie').describe('The name of the cookie'),
  maxAge: durationMs.prefault('720h').describe('How long a browser keeps it'),
});

export const splitConfig = z
  .strictObject({
    sides: z
      .record(name, sideConfig)
      .describe('Two or more; the first is the stable one, which the others are compared with'),
    by: stickyKeys
      .optional()
      .describe(
        'What a caller sticks to its side by; of a list the first that a call has. By chance where not set',
      ),
    cookie: stickyCookieConfig.optional().describe('A cookie that is given to who has none of these'),
    force: forceConfig.optional().describe('How a caller chooses its side itself'),
    steps: z
      .array(stepConfig)
      .min(1)
      .max(MAX_STEPS)
      .optional()
      .describe("The second side's share, grown in steps"),
    startAt: z.iso
      .datetime({ offset: true, error: 'expected a time such as 2026-03-01T09:00:00Z' })
      .transform((text) => Date.parse(text))
      .optional()
      .describe('When the first step begins; by default when the gateway first reads this split'),
    rollback: rollbackConfig
      .optional()
      .describe('Takes all calls from a side that is worse than the first; never by default'),
    fallback: z
      .boolean()
      .default(false)
      .describe('Whether an idempotent call that fails elsewhere is sent to the first side, once'),
  })
  .superRefine((config, context) => {
    for (const [path, message] of faultsOf(config))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export type SplitConfig = z.output<typeof splitConfig>;
export type RollbackConfig = z.output<typeof rollbackConfig>;
export type StepConfig = z.output<typeof stepConfig>;
export type ForceConfig = z.output<typeof forceConfig>;

type Faults = Generator<readonly [path: readonly (string | number)[], message: string]>;

function* faultsOf(config: {
  readonly sides: Readonly<Record<string, { readonly weight?: number | undefined }>>;
  readonly force?: { readonly values?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly steps?: readonly { readonly for?: number | undefined }[] | undefined;
  readonly startAt?: number | undefined;
}): Faults {
  const { sides, force, steps, startAt } = config;
  const names = Object.keys(sides);
  const count = names.length;
  if (count < 2 || count > MAX_SIDES) yield [['sides'], `expected 2 to ${MAX_SIDES} sides, not ${count}`];
  const [first, ...others] = Object.values(sides);
  const taken = others.reduce((sum, { weight = 0 }) => sum + weight, 0);
  if (first?.weight === undefined && taken > 100)
    yield [['sides'], `the weights add up to ${taken}: expected 100 at most where the first side has none`];
  if (first?.weight === 0 && taken === 0) yield [['sides'], 'expected a weight above 0'];
  for (const [value, side] of Object.entries(force?.values ?? {}))
    if (!names.includes(side))
      yield [['force', 'values', value], `"${side}" is no side: expected one of ${names.join(', ')}`];
  if (startAt !== undefined && !steps) yield [['startAt'], 'is when `steps` begin, and there are none'];
  if (!steps) return;
  if (count > 2) yield [['steps'], 'are for two sides: expected no third'];
  if (others.some(({ weight }) => weight !== undefined))
    yield [['sides'], "the second side's share is what `steps` say: expected no weight"];
  for (const [i, step] of steps.entries()) {
    const isLast = i === steps.length - 1;
    if (isLast && step.for !== undefined)
      yield [['steps', i, 'for'], 'the last step stays: expected no `for`'];
    if (!isLast && step.for === undefined) yield [['steps', i], 'expected how long: for'];
  }
}

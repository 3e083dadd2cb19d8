/** `bffs[].objective`: what a BFF promises. What it need not keep of that is its error budget. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

const MIN_WINDOW_MS = 86_400_000;
const MAX_WINDOW_MS = 90 * 86_400_000;

export const objectiveConfig = z.strictObject({
  availability: z
    .number()
    .min(50)
    .lt(100, 'expected less than 100: there is no budget in a promise to never fail')
    .describe('Percent of its requests that are to be answered well'),
  latency: durationMs
    .optional()
    .describe('An answer whose head takes longer is not answered well; none is too slow by default'),
  incomplete: z.enum(['good', 'bad']).default('good').describe('What an answer is that lacks optional parts'),
  window: durationMs
    .refine((ms) => ms >= MIN_WINDOW_MS && ms <= MAX_WINDOW_MS, 'expected 1d to 90d')
    .prefault('30d')
    .describe('Over which time the promise is kept'),
  onExhausted: z
    .enum(['tell', 'yield'])
    .default('tell')
    .describe(
      'Once the budget is spent: only tell, or let its requests make way for others (priority low) until there is budget again',
    ),
});

export type ObjectiveConfig = z.output<typeof objectiveConfig>;

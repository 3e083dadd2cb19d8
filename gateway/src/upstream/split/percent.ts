/** Parts of a whole as people write them: `5%`, or 5. */
import { z } from 'zod';

const PERCENT = /^\+?(\d{1,3}(?:\.\d{1,6})?) ?%?$/;
const EXPECTED = 'expected a percentage from 0% to 100%';

/** As a fraction, from 0 to 1. */
export const percent = z.union([z.number(), z.string()], { error: EXPECTED }).transform((given, context) => {
  const text = String(given);
  const value = Number(PERCENT.exec(text)?.[1] ?? Number.NaN);
  if (value >= 0 && value <= 100) return value / 100;
  context.addIssue({ code: 'custom', message: `${EXPECTED}, not "${text}"` });
  return z.NEVER;
});

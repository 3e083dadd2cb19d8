/** `/admin/log-level`: how much the events' log tells. `PUT` changes it for a time, after which it returns by itself. */
import { z } from 'zod';
import type { Handler } from '../../core/exchange.ts';
import { durationMs } from '../../settings/settings.ts';
import { allow, answerJson, checked, sentJson } from './admin-http.ts';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export interface AdminLogLevel {
  /** `until`: milliseconds since the epoch. */
  view(): { readonly level: string; readonly configured: string; readonly until: number | undefined };
  set(level: (typeof LEVELS)[number], forMs: number): void;
}

const DEFAULT_FOR_MS = 10 * 60_000;
const MOST_MS = 24 * 3_600_000;

const change = z.strictObject({
  level: z.enum(LEVELS),
  for: durationMs
    .refine((ms) => ms > 0 && ms <= MOST_MS, { error: 'expected up to a day, such as 10m' })
    .optional(),
});

export function logLevelHandler(log: AdminLogLevel): Handler {
  return async (exchange) => {
    allow(exchange, ['GET', 'HEAD', 'PUT']);
    if (exchange.method === 'PUT') {
      const asked = checked(change, await sentJson(exchange));
      log.set(asked.level, asked.for ?? DEFAULT_FOR_MS);
    }
    return answerJson(exchange, 200, logLevelView(log));
  };
}

/** As it is shown to people. */
export function logLevelView(log: AdminLogLevel): object {
  const { level, configured, until } = log.view();
  return { level, configured, ...(until === undefined ? {} : { until: new Date(until).toISOString() }) };
}

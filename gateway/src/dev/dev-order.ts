/** What `frontdesk bff dev` tells the process that serves the BFF, and what that tells it back. */
import { z } from 'zod';
import type { RequestTrace } from '../core/request-trace.ts';
import type { Problem } from './problem.ts';

/** The variable of its environment in which the order stands. */
export const DEV_ORDER_VARIABLE = 'FRONTDESK_BFF_DEV';

const orderSchema = z.strictObject({
  /** The configuration, absolute. */
  config: z.string(),
  /** The package's folder, absolute: places in the code are told from here. */
  folder: z.string(),
  /** Where it listens. */
  socket: z.string(),
  /** In place of the configuration's, by upstream: backends that are made up. */
  upstreams: z.record(z.string(), z.string()),
});

export type DevOrder = z.output<typeof orderSchema>;

/** Throws where there is none, or it is unsound. */
export function readDevOrder(environment: Readonly<Record<string, string | undefined>>): DevOrder {
  const text = environment[DEV_ORDER_VARIABLE];
  if (text === undefined) throw new TypeError('this is started by frontdesk bff dev alone');
  return orderSchema.parse(JSON.parse(text));
}

export interface DevTraceMessage {
  readonly frontdesk: 'dev';
  readonly trace: RequestTrace;
}

export interface DevProblemsMessage {
  readonly frontdesk: 'dev';
  readonly problems: readonly Problem[];
}

export interface DevServesMessage {
  readonly frontdesk: 'dev';
  /** Where its BFFs are mounted, and what they offer: `GET /acme/home`. */
  readonly serves: readonly string[];
}

export type DevMessage = DevTraceMessage | DevProblemsMessage | DevServesMessage;

export function isDevMessage(message: unknown): message is DevMessage {
  return (
    typeof message === 'object' && message !== null && 'frontdesk' in message && message.frontdesk === 'dev'
  );
}

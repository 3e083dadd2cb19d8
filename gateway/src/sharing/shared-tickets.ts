/**
 * The secret of session tickets that the workers of a node share where the configuration names none: each takes it from
 * the primary process, so that a session which began at one is resumed at any other. A new primary makes up another.
 */
import { randomBytes } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { openPrimaryAccess } from '../state/primary-access.ts';
import type { PrimaryServer } from '../state/primary-server.ts';
import type { StateStore } from '../state/store.ts';

const SECRET_BYTES = 32;
const OPERATION = 'tickets.secret';

/** Lets the primary give the secret to its workers. */
export function serveTickets(server: PrimaryServer): void {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  server.operation(OPERATION, () => secret);
}

/** The same settings with the secret of the node, where they need one. Rejects where the primary is gone. */
export async function withSharedTickets(
  listen: Config['listen'],
  { store, clock }: { readonly store: StateStore; readonly clock: Clock },
): Promise<Config['listen']> {
  const { tls } = listen;
  if (!tls || tls.tickets.secret !== undefined) return listen;
  const primary = openPrimaryAccess(store, clock);
  if (!primary) return listen;
  try {
    const secret = await primary.callPrimary(OPERATION, null);
    if (typeof secret !== 'string')
      throw new TypeError('the primary process gave no secret for session tickets');
    return { ...listen, tls: { ...tls, tickets: { ...tls.tickets, secret } } };
  } finally {
    await primary.close();
  }
}

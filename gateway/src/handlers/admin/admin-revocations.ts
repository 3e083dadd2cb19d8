/**
 * `/admin/revocations`: `POST` revokes a token (`jti`), all tokens of a `subject` that were issued before an instant, of a
 * `session` or of a `client`, everything of a `consumer`, or one of its API keys (`key`). `GET` shows what this process
 * knows, a part at a time.
 */
import { z } from 'zod';
import type { Exchange, Handler } from '../../core/exchange.ts';
import { durationMs } from '../../settings/settings.ts';
import { allow, answerJson, answerNothing, checked, partOf, sentJson } from './admin-http.ts';

/** What is revoked until then (wall clock, ms), or of it what was issued before an instant. */
export interface AdminRevocation {
  readonly kind: 'jti' | 'subject' | 'session' | 'client' | 'consumer' | 'key';
  /** A key's is `CONSUMER/KEY`; a subject of one issuer alone is followed by a line feed and the issuer. */
  readonly id: string;
  readonly until: number;
  readonly before: number | undefined;
}

export interface AdminRevocations {
  /** Holds here when it resolves, and is on its way to all others. Rejects where the store is gone. */
  add(revocation: AdminRevocation): Promise<void>;
  list(
    offset: number,
    limit: number,
  ): { readonly known: number; readonly whole: boolean; readonly revocations: readonly AdminRevocation[] };
}

const DAY_MS = 24 * 3_600_000;
const MAX_TTL_MS = 400 * DAY_MS;
const MAX_PART = 1000;

const id = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\n]*$/, 'expected one line');
const instant = z
  .union([z.int().positive(), z.iso.datetime({ offset: true })], {
    error: 'expected seconds since 1970, or a date such as 2027-01-31T12:00:00Z',
  })
  .transform((at) => (typeof at === 'number' ? at * 1000 : Date.parse(at)));

const revocation = z
  .strictObject({
    jti: id.optional(),
    subject: id.optional(),
    issuer: id.optional(),
    session: id.optional(),
    client: id.optional(),
    consumer: id.optional(),
    key: id.optional(),
    before: instant.optional(),
    expiresAt: instant.optional(),
    ttl: durationMs.optional(),
  })
  .superRefine((value, context) => {
    const fault = (message: string) => context.addIssue({ code: 'custom', message });
    const named = [value.jti, value.subject, value.session, value.client, value.consumer];
    if (named.filter((one) => one !== undefined).length !== 1)
      fault('expected one of jti, subject, session, client and consumer');
    if (value.issuer !== undefined && value.subject === undefined) fault('issuer: expected with a subject');
    if (value.key !== undefined && value.consumer === undefined) fault('key: expected with its consumer');
    const isWhole = value.jti !== undefined || value.key !== undefined;
    if (value.before !== undefined && isWhole) fault('before: one token or key is revoked whole');
    if (value.expiresAt !== undefined && value.ttl !== undefined)
      fault('expected expiresAt or ttl, not both');
  });

type Body = z.output<typeof revocation>;

export function revocationsHandler(revocations: AdminRevocations, wall: () => number): Handler {
  return async (exchange) => {
    allow(exchange, ['GET', 'HEAD', 'POST']);
    if (exchange.method !== 'POST') return answerJson(exchange, 200, show(exchange, revocations));
    const asked = revocationOf(checked(revocation, await sentJson(exchange)), wall());
    // A token that has expired needs no revocation; saying so again and again must stay harmless.
    if (asked.until > wall()) await revocations.add(asked);
    return answerNothing();
  };
}

function revocationOf(body: Body, now: number): AdminRevocation {
  const { kind, id } = nameOf(body);
  // Keys do not end by themselves, and an application's tokens come again and again: those stay as long as may be.
  const isLasting = kind === 'key' || kind === 'consumer' || kind === 'client';
  const ttlMs = body.ttl ?? (body.expiresAt === undefined ? undefined : body.expiresAt - now);
  const until = now + Math.min(ttlMs ?? (isLasting ? MAX_TTL_MS : DAY_MS), MAX_TTL_MS);
  // A person may come again, with tokens that are issued after this.
  return { kind, id, until, before: body.before ?? (kind === 'subject' ? now : undefined) };
}

function nameOf({
  jti,
  subject,
  issuer,
  session,
  client,
  consumer = '',
  key,
}: Body): Pick<AdminRevocation, 'kind' | 'id'> {
  if (jti !== undefined) return { kind: 'jti', id: jti };
  if (subject !== undefined) {
    return { kind: 'subject', id: issuer === undefined ? subject : `${subject}\n${issuer}` };
  }
  if (session !== undefined) return { kind: 'session', id: session };
  if (client !== undefined) return { kind: 'client', id: client };
  return key === undefined ? { kind: 'consumer', id: consumer } : { kind: 'key', id: `${consumer}/${key}` };
}

function show(exchange: Exchange, revocations: AdminRevocations): unknown {
  const { offset, limit } = partOf(exchange, { limit: MAX_PART });
  const { known, whole, revocations: part } = revocations.list(offset, limit);
  const next = offset + part.length;
  return {
    known,
    whole,
    revocations: part.map(({ kind, id, until, before }) => ({
      ...membersOf(kind, id),
      until: new Date(until).toISOString(),
      ...(before === undefined ? {} : { before: new Date(before).toISOString() }),
    })),
    ...(part.length === limit && next < known ? { next } : {}),
  };
}

/** As a `POST` names it. */
function membersOf(kind: AdminRevocation['kind'], id: string): Record<string, string> {
  const at = kind === 'key' ? id.lastIndexOf('/') : id.indexOf('\n');
  if (at < 0) return { [kind]: id };
  const [first, second] = [id.slice(0, at), id.slice(at + 1)];
  return kind === 'key' ? { consumer: first, key: second } : { subject: first, issuer: second };
}

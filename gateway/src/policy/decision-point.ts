/**
 * Asks a decision point in the shape of Open Policy Agent's data API: `POST /v1/data/PATH` with `{ "input": … }`, answered
 * by `{ "result": true }` or `{ "result": { "allow": true, "reason": "…", "headers": { … } } }`. A document without a
 * result is undefined, and what is undefined is not allowed. Whatever else comes back, or nothing, means that nobody can
 * tell: 503, and no backend is asked.
 *
 * Equal inputs at one time are one call. What may be kept is kept by a digest of the input, and only decisions are.
 */
import { hash } from 'node:crypto';
import { collect, WholeBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { DecisionConfig } from './config.ts';
import type { DecisionCache } from './decision-cache.ts';
import { type PolicyInput, RequestInput, visibleHeaders } from './input.ts';
import { ALLOWED, type Policy, type Verdict } from './policy.ts';

const MAX_REPLY_BYTES = 65_536;
const MAX_REASON_CHARS = 200;
const MAX_VALUE_CHARS = 4096;

export interface DecisionPointOptions {
  readonly name: string;
  readonly config: DecisionConfig;
  readonly message: string | undefined;
  readonly hidden: ReadonlySet<string>;
  readonly callUpstream: CallUpstream;
  /** A context without a client that ends after so many milliseconds, anew for each call. */
  readonly context: (deadlineMs: number) => CallContext;
  readonly cache: DecisionCache;
  readonly clock: Clock;
}

export class DecisionPoint implements Policy {
  readonly name: string;
  readonly message: string | undefined;
  readonly asksIdentity = true;
  readonly sets: readonly string[];
  readonly #options: DecisionPointOptions;

  constructor(options: DecisionPointOptions) {
    this.name = options.name;
    this.message = options.message;
    this.sets = options.config.forward;
    this.#options = options;
  }

  decide(input: PolicyInput): Verdict | Promise<Verdict> {
    const { cache, clock, config } = this.#options;
    const body = JSON.stringify({ input: inputFor(config, input, this.#options.hidden) });
    const key = hash('sha256', body, 'base64');
    return cache.once(key, clock.now(), config.cache, () => this.#ask(body));
  }

  async #ask(body: string): Promise<Verdict> {
    const { callUpstream, context: open, config } = this.#options;
    const context = open(config.timeout);
    try {
      const reply = await callUpstream({
        upstream: config.upstream,
        context,
        method: 'POST',
        path: `/v1/data/${config.path}`,
        headers: HeaderFields.of({ accept: 'application/json', 'content-type': 'application/json' }),
        body: new WholeBody(body),
        // A decision changes nothing.
        idempotent: true,
        timeoutMs: config.timeout,
        label: `policy ${this.name}`,
      });
      if (reply.status !== 200 || reply.headers.has('content-encoding')) {
        const error = unusable(reply.status === 200 ? 'is encoded' : `has status ${reply.status}`);
        reply.body.discard(error);
        throw error;
      }
      const bytes = await collect(reply.body, MAX_REPLY_BYTES, () => unusable('is too large'));
      return verdictOf(parsed(bytes), config.forward);
    } catch (error) {
      throw this.#cannotTell(error);
    } finally {
      context.deadline.end();
    }
  }

  #cannotTell(error: unknown): FrontdeskError {
    const { code, detail, retryAfterS } = toFrontdeskError(error);
    return new FrontdeskError('upstream_unavailable', {
      detail: `policy ${this.name}: nobody can tell: ${code}${detail === undefined ? '' : `: ${detail}`}`,
      cause: error,
      retryAfterS: retryAfterS ?? 1,
    });
  }
}

/** What is sent: never a body, never a credential, nothing that was not asked for. */
export function inputFor(
  { input: sent }: Pick<DecisionConfig, 'input'>,
  input: PolicyInput,
  hidden: ReadonlySet<string>,
): Record<string, unknown> {
  const { identity, client } = input;
  const request = new RequestInput(input, hidden);
  const claims = identity?.claims ?? {};
  return {
    identity: identity
      ? {
          subject: identity.subject,
          consumer: identity.consumer,
          tenant: identity.tenant,
          plan: identity.plan,
          scheme: identity.scheme,
          scopes: [...identity.scopes],
          roles: identity.roles,
          claims: Object.fromEntries(
            sent.claims.flatMap((name) => (Object.hasOwn(claims, name) ? [[name, claims[name]]] : [])),
          ),
        }
      : null,
    request: {
      method: request.method,
      host: request.host,
      path: request.path?.split('/').slice(1),
      params: Object.fromEntries(request.params),
      ...(sent.query ? { query: Object.fromEntries(request.query) } : {}),
      ...(sent.headers.length > 0
        ? { headers: chosen(visibleHeaders(input.headers, hidden), sent.headers) }
        : {}),
    },
    ...(sent.address && client ? { client: { address: client.address } } : {}),
  };
}

function chosen(all: ReadonlyMap<string, string>, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = all.get(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw unusable('is no JSON');
  }
}

/** What a decision point's answer means. Throws `upstream_invalid` where it means nothing. */
export function verdictOf(answer: unknown, forward: readonly string[]): Verdict {
  if (!isRecord(answer)) throw unusable('is no object');
  if (!Object.hasOwn(answer, 'result')) return { outcome: 'denied', detail: 'the decision is undefined' };
  const { result } = answer;
  if (result === true) return ALLOWED;
  if (result === false) return { outcome: 'denied', detail: 'the decision point says no' };
  if (!isRecord(result) || typeof result.allow !== 'boolean')
    throw unusable('has a result that is neither true nor false');
  if (result.allow)
    return forward.length === 0
      ? ALLOWED
      : { outcome: 'allowed', headers: fieldsOf(result.headers, forward) };
  const reason = typeof result.reason === 'string' ? result.reason.slice(0, MAX_REASON_CHARS) : undefined;
  return { outcome: 'denied', detail: reason ?? 'the decision point says no' };
}

function fieldsOf(headers: unknown, forward: readonly string[]): [string, string][] {
  if (!isRecord(headers)) return [];
  const found: [string, string][] = [];
  for (const [written, value] of Object.entries(headers)) {
    const name = written.toLowerCase();
    if (!forward.includes(name)) continue;
    if (typeof value !== 'string' || !isFieldValue(value))
      throw unusable(`has a value of ${name} that no field can have`);
    found.push([name, value]);
  }
  return found;
}

/** Visible ASCII and spaces (RFC 9110 §5.5, without what is obsolete). */
function isFieldValue(text: string): boolean {
  if (text.length > MAX_VALUE_CHARS) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(what: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `the decision ${what}` });
}

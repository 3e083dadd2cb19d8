/**
 * The chain of a split: chooses a side, and that upstream's own chain does the rest, its scopes included. Retries and hedges
 * stay on the side. What became of the call is told to the rollout, but for who was forced: testers are no sample.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { judgeError, judgeReply, type Verdict } from '../breaker/verdict.ts';
import { UpstreamCall } from '../call.ts';
import { TeeBody } from '../mirror/tee-body.ts';
import { OnceBody } from '../retry/once-body.ts';
import type { Choice, Choose } from './choice.ts';
import type { SplitConfig } from './config.ts';
import type { SplitMetrics } from './metrics.ts';
import type { Rollout } from './rollout.ts';

const RULES = { failureStatus: 500, patience: 0 };
const OUTCOMES = { success: 'ok', failure: 'failed', none: 'none' } as const;

type Chain = Next<UpstreamCall, UpstreamReply>;

export interface SplitOptions {
  readonly name: string;
  readonly config: SplitConfig;
  readonly choose: Choose;
  readonly rollout: Pick<Rollout, 'judge'>;
  readonly clock: Clock;
  readonly metrics: SplitMetrics;
  /** The chain of a side's upstream; asked once for each, when the first call comes. */
  readonly chainOf: (upstream: string) => Chain;
}

export function split(options: SplitOptions): Chain {
  const { config, choose } = options;
  const sides = Object.entries(config.sides).map(
    ([side, { upstream }], index) => new Side(options, side, upstream, index),
  );
  const [stable] = sides;
  const hidden = config.force && !config.force.pass ? config.force.header : undefined;
  return (call) => {
    const choice = choose(call);
    const side = sides[choice.side];
    if (!side || !stable) return Promise.reject(new FrontdeskError('internal', { detail: 'no such side' }));
    if (hidden !== undefined && call.headers.has(hidden)) call.headers = without(call.headers, hidden);
    const falls = config.fallback && side !== stable && choice.chosen !== 'forced';
    const replied = falls ? side.callOr(stable, call, choice) : side.call(call, choice);
    return choice.cookie === undefined
      ? replied
      : replied.then((reply) => withCookie(reply, call, choice, config));
  };
}

class Side {
  readonly #options: SplitOptions;
  readonly #name: string;
  readonly #upstream: string;
  readonly #index: number;
  #chain: Chain | undefined;

  constructor(options: SplitOptions, name: string, upstream: string, index: number) {
    this.#options = options;
    this.#name = name;
    this.#upstream = upstream;
    this.#index = index;
  }

  call(call: UpstreamCall, choice: Choice): Promise<UpstreamReply> {
    return this.#send(this.#copy(call), choice);
  }

  /** Where the call fails and may be sent twice, `stable` answers it. */
  async callOr(stable: Side, call: UpstreamCall, choice: Choice): Promise<UpstreamReply> {
    const own = this.#copy(call);
    const { metrics, name } = this.#options;
    const again = (): Promise<UpstreamReply> => {
      metrics.fallbacks(1, name, this.#name);
      const second = stable.#copy(call);
      // A retry may have read a body that comes once, to keep it.
      second.body = own.body;
      // A client has heard hints of the first already.
      second.interim = undefined;
      return stable.#send(second, choice);
    };
    let reply: UpstreamReply;
    try {
      reply = await this.#send(own, choice);
    } catch (error) {
      if (judge(error, 1) !== 'failure' || !mayFall(own)) throw error;
      return again();
    }
    if (reply.status < RULES.failureStatus || !mayFall(own)) return reply;
    reply.body.discard(
      new FrontdeskError('upstream_error', { detail: `status ${reply.status}, asked elsewhere` }),
    );
    return again();
  }

  #copy(call: UpstreamCall): UpstreamCall {
    return new UpstreamCall(call, call.attempt, this.#upstream);
  }

  #send(call: UpstreamCall, choice: Choice): Promise<UpstreamReply> {
    const { clock, chainOf } = this.#options;
    this.#chain ??= chainOf(this.#upstream);
    const startedMs = clock.now();
    return this.#chain(call).then(
      (reply) => {
        const headMs = clock.now() - startedMs;
        if (call.stream)
          this.#tell(choice, reply.status >= RULES.failureStatus ? 'failure' : 'success', undefined);
        else
          reply.settled.then((outcome) => {
            this.#tell(choice, judgeReply(RULES, reply.status, outcome, clock.now() - startedMs), headMs);
          });
        return reply;
      },
      (error: unknown) => {
        this.#tell(choice, judge(error, clock.now() - startedMs), undefined);
        throw error;
      },
    );
  }

  #tell({ chosen }: Choice, verdict: Verdict, latencyMs: number | undefined): void {
    const { metrics, name, rollout } = this.#options;
    metrics.calls(1, name, this.#name, chosen, OUTCOMES[verdict]);
    if (chosen !== 'forced') rollout.judge(this.#index, verdict, latencyMs);
  }
}

/**
 * An open breaker, or no endpoint that is well, is the side's failure here: its callers get no answer because of it. Else a
 * breaker would hide a side that is all broken from the comparison.
 */
function judge(error: unknown, elapsedMs: number): Verdict {
  if (
    error instanceof FrontdeskError &&
    (error.code === 'circuit_open' || error.code === 'upstream_unavailable')
  )
    return 'failure';
  return judgeError(RULES, error, elapsedMs);
}

function mayFall({ body, idempotent, headers, context }: UpstreamCall): boolean {
  if (context.cancellation.cancelled) return false;
  if (!idempotent && !headers.has('idempotency-key')) return false;
  return body.replayable || ((body instanceof OnceBody || body instanceof TeeBody) && !body.started);
}

function without(headers: HeaderFields, name: string): HeaderFields {
  const left = headers.clone();
  left.delete(name);
  return left;
}

/** What shared caches may keep (RFC 9111 §5.2.2) would give one caller's cookie to all. */
function isForMany(headers: HeaderFields): boolean {
  const said = headers.getAll('cache-control').join().toLowerCase();
  return said.includes('public') || said.includes('s-maxage');
}

/** RFC 6265 §4.1; a page's scripts need not see it. */
function withCookie(
  reply: UpstreamReply,
  { context }: UpstreamCall,
  choice: Choice,
  { cookie }: SplitConfig,
): UpstreamReply {
  if (!cookie || choice.cookie === undefined || isForMany(reply.headers)) return reply;
  const headers = reply.headers.clone();
  const secure = context.client?.scheme === 'https' ? '; Secure' : '';
  const maxAge = Math.floor(cookie.maxAge / 1000);
  headers.append(
    'set-cookie',
    `${cookie.name}=${choice.cookie}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`,
  );
  return { ...reply, headers };
}

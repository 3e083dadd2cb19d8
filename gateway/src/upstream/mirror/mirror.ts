/**
 * Sends a copy of a call to a shadow of its upstream, through the shadow's own chain: its forwarding, credentials,
 * breaker. The call goes first and never waits; nothing that becomes of the copy is felt. A copy has a deadline of its own: it
 * lives on where the client leaves, and is dropped where too many are under way.
 */
import { Cancellation } from '../../core/abort.ts';
import { type Body, WholeBody } from '../../core/body.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { Instrument } from '../../core/meter.ts';
import type { Next } from '../../core/step.ts';
import { Timeline } from '../../core/timeline.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { stickyValue } from '../balancing/affinity.ts';
import { hashPair, hashText, pointOf } from '../balancing/stable-hash.ts';
import { type Policy, UpstreamCall } from '../call.ts';
import type { MirrorConfig } from './config.ts';
import { TeeBody } from './tee-body.ts';

/** Tells a shadow that it is one. A client cannot say it to the mirrored upstream. */
const MIRROR_FIELD = 'x-frontdesk-mirror';

/** More of a shadow's reply is not read: its connection is closed. */
const MOST_REPLY_BYTES = 1024 * 1024;

export interface MirrorOptions {
  readonly name: string;
  readonly config: MirrorConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** (1, mirrored upstream, outcome). */
  readonly mirrored: Instrument;
  /** The chain of an upstream; asked when the first copy goes. */
  readonly chainOf: (upstream: string) => Next<UpstreamCall, UpstreamReply>;
}

export function mirror(options: MirrorOptions): Policy {
  const shadow = new Shadow(options);
  return (call, next) => {
    if (call.headers.has(MIRROR_FIELD)) {
      const headers = call.headers.clone();
      headers.delete(MIRROR_FIELD);
      call.headers = headers;
    }
    if (!shadow.wants(call)) return next(call);
    // What the call is sent with replaces its fields and leaves these.
    const { body, method, path, idempotent, context, headers } = call;
    const copied = { method, path, idempotent, context, headers };
    if (body.replayable) {
      const replied = next(call);
      shadow.send(copied, body);
      return replied;
    }
    call.body = new TeeBody(body, options.config.maxBody, (bytes) =>
      shadow.send(copied, bytes && new WholeBody(bytes)),
    );
    return next(call);
  };
}

type Copied = Pick<UpstreamCall, 'method' | 'path' | 'idempotent' | 'context' | 'headers'>;

class Shadow {
  readonly #options: MirrorOptions;
  readonly #salt: number;
  readonly #methods: ReadonlySet<string>;
  #chain: Next<UpstreamCall, UpstreamReply> | undefined;
  #inFlight = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#salt = hashText(`mirror ${options.name}`);
    this.#methods = new Set(options.config.methods);
  }

  wants(call: UpstreamCall): boolean {
    const { share, by, maxBody } = this.#options.config;
    // Who says that a POST may be sent twice says that it is a read: a query.
    if (!this.#methods.has(call.method) && !(call.method === 'POST' && call.idempotent)) return false;
    if (call.stream || (call.body.length ?? 0) > maxBody) return false;
    if (share === 1) return true;
    const value = by && stickyValue(by, call);
    if (value === undefined || value === '') return this.#options.random() < share;
    return pointOf(hashPair(this.#salt, hashText(value))) < share;
  }

  /** `body` is missing where it turned out to be too large. */
  send(copied: Copied, body: Body | undefined): void {
    const { config, mirrored, name } = this.#options;
    if (!body || this.#inFlight >= config.maxInFlight) {
      mirrored(1, name, body ? 'dropped' : 'too_large');
      return;
    }
    this.#inFlight += 1;
    void this.#run(copied, body).then((outcome) => {
      this.#inFlight -= 1;
      mirrored(1, name, outcome);
    });
  }

  async #run({ method, path, idempotent, context, headers }: Copied, body: Body): Promise<string> {
    const { config, chainOf } = this.#options;
    const own = this.#contextOf(context);
    try {
      this.#chain ??= chainOf(config.upstream);
      const reply = await this.#chain(
        new UpstreamCall({
          upstream: config.upstream,
          context: own,
          method,
          path,
          idempotent,
          headers: marked(headers),
          body,
          label: 'mirror',
        }),
      );
      drain(reply, own.cancellation);
      const { kind } = await reply.settled;
      return reply.status >= 500 ? 'status' : kind === 'complete' ? 'ok' : 'failed';
    } catch (error) {
      return error instanceof FrontdeskError && error.code === 'deadline_exceeded' ? 'timeout' : 'failed';
    } finally {
      own.deadline.end();
    }
  }

  /** Who asked, and nothing of the exchange: not its end, not its time, not its record. */
  #contextOf({ id, client, host, identity, trace }: CallContext): CallContext {
    const { clock, config } = this.#options;
    const cancellation = new Cancellation();
    const deadline = new Deadline(clock, cancellation);
    deadline.within(config.timeout);
    const timeline = new Timeline(() => clock.now());
    return { id, client, host, identity, trace, timeline, deadline, cancellation };
  }
}

function marked(headers: HeaderFields): HeaderFields {
  const sent = headers.clone();
  sent.set(MIRROR_FIELD, '1');
  return sent;
}

/** Reads a reply to nobody, so that its connection can be used again. */
function drain({ body }: UpstreamReply, cancellation: Cancellation): void {
  let size = 0;
  let over: Error | undefined;
  const flow = body.start({
    write: (chunk) => {
      size += chunk.length;
      if (size > MOST_REPLY_BYTES && !over) {
        over = new FrontdeskError('upstream_too_large', { detail: 'the reply of a shadow' });
        cancellation.cancel(over);
      }
      return !over;
    },
    end: () => {},
    fail: () => {},
  });
  cancellation.onCancel((reason) => flow.cancel(reason));
}

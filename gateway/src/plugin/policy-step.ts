/** A plugin's policy as a step of an upstream's outbound list. */
import type { Body } from '../core/body.ts';
import type { CallContext } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import { Settlement } from '../core/settlement.ts';
import type { Step } from '../core/step.ts';
import type { UpstreamReply, UpstreamRequest } from '../core/upstream-call.ts';
import type { PluginCall, PluginPolicy } from './definition.ts';
import type { HeldPlugin } from './held.ts';
import { MessageView } from './message-view.ts';
import { isStreamType } from './middleware-step.ts';
import { hold } from './run.ts';
import type { Subject } from './subject.ts';

/** RFC 6455 §7.4.1: the side that was asked is told that nobody talks to it. */
const GOING_AWAY = 1001;

/** What of an upstream's call a policy needs; the upstream room's own has more. */
export interface Call {
  readonly upstream: UpstreamRequest['upstream'];
  readonly method: string;
  readonly path: string;
  readonly stream: UpstreamRequest['stream'];
  readonly context: CallContext;
  readonly attempt: number;
  readonly label: string | undefined;
  headers: HeaderFields;
  body: Body;
}

export function policyStep<C extends Call>(held: HeldPlugin<PluginPolicy>): Step<C, UpstreamReply> {
  return (call, next) => {
    const subject = new CallSubject(call);
    return hold(held, subject, () => subject.restored(next(call)));
  };
}

class CallView extends MessageView implements PluginCall {
  readonly #call: Call;

  constructor(call: Call, body: Uint8Array | undefined, rules: HeldPlugin['rules']) {
    super(call.context, call.headers, body, rules);
    this.#call = call;
  }

  get method(): string {
    return this.#call.method;
  }

  get upstream(): string {
    return this.#call.upstream;
  }

  get path(): string {
    return this.#call.path;
  }

  get attempt(): number {
    return this.#call.attempt;
  }

  get label(): string | undefined {
    return this.#call.label;
  }
}

class CallSubject implements Subject<CallView, UpstreamReply> {
  readonly #call: Call;
  /** The fields as they were; there only where they were changed. */
  #given: HeaderFields | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  get body(): Body {
    return this.#call.body;
  }

  get cancellation(): CallContext['cancellation'] {
    return this.#call.context.cancellation;
  }

  get isStream(): boolean {
    return this.#call.stream !== undefined && this.#call.body.length === undefined;
  }

  view(body: Uint8Array | undefined, rules: HeldPlugin['rules']): CallView {
    return new CallView(this.#call, body, rules);
  }

  commit(view: CallView): void {
    const { changed } = view.headers;
    if (!changed) return;
    this.#given = this.#call.headers;
    // Another object: attempts that overlap have one in common.
    this.#call.headers = changed;
  }

  /** A further attempt is made of this one: it begins with the fields that this one began with. */
  restored(rest: Promise<UpstreamReply>): Promise<UpstreamReply> {
    const given = this.#given;
    if (!given) return rest;
    return rest.finally(() => {
      this.#call.headers = given;
    });
  }

  replaceBody(body: Body): void {
    this.#call.body = body;
  }

  drop(reason: Error): void {
    this.#call.body.discard(reason);
  }

  discard({ body, socket }: UpstreamReply, reason: Error): void {
    body.discard(reason);
    socket?.close(GOING_AWAY, '');
  }

  isStreamed({ socket, headers, body }: UpstreamReply): boolean {
    return (
      socket !== undefined ||
      (body.length === undefined && (this.#call.stream !== undefined || isStreamType(headers)))
    );
  }

  reply(status: number, headers: HeaderFields, body: Body): UpstreamReply {
    const settlement = new Settlement();
    settlement.settle({ kind: 'complete', bytes: body.length ?? 0 });
    return { status, headers, body, settled: settlement.settled };
  }

  amend(reply: UpstreamReply, status: number, headers: HeaderFields, body: Body): UpstreamReply {
    return reply.socket ? reply : { ...reply, status, headers, body };
  }
}

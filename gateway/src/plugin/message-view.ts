/** What requests and calls have in common for a plugin. */
import type { CallContext } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import type { Timeline } from '../core/timeline.ts';
import type { PluginIdentity, PluginReply } from './definition.ts';
import { FieldsView } from './fields-view.ts';
import type { HeldPlugin } from './held.ts';
import { madeReply } from './reply-view.ts';

/** A request and all its calls have one timeline, and so one bag of notes; it goes with them. */
const NOTES = new WeakMap<Timeline, Map<string, unknown>>();

export class MessageView {
  readonly headers: FieldsView;
  readonly body: Uint8Array | undefined;
  readonly #context: CallContext;
  readonly #rules: HeldPlugin['rules'];
  #identity: PluginIdentity | undefined;

  constructor(
    context: CallContext,
    headers: HeaderFields,
    body: Uint8Array | undefined,
    rules: HeldPlugin['rules'],
  ) {
    this.#context = context;
    this.#rules = rules;
    this.headers = new FieldsView(headers, rules.request);
    this.body = body;
  }

  get id(): string {
    return this.#context.id;
  }

  get identity(): PluginIdentity | undefined {
    const { identity } = this.#context;
    if (identity) this.#identity ??= copyOf(identity);
    return this.#identity;
  }

  get notes(): Map<string, unknown> {
    const { timeline } = this.#context;
    let notes = NOTES.get(timeline);
    if (!notes) {
      notes = new Map();
      NOTES.set(timeline, notes);
    }
    return notes;
  }

  get signal(): AbortSignal {
    return this.#context.cancellation.signal;
  }

  remainingMs(): number {
    return this.#context.deadline.remainingMs();
  }

  respond(
    status: number,
    headers?: Readonly<Record<string, string>>,
    body?: string | Uint8Array,
  ): PluginReply {
    return madeReply(this.#rules.reply, status, headers, body);
  }

  close(because: string): void {
    this.headers.close(because);
  }
}

/** What the gateway decides by stays out of reach. */
function copyOf(identity: Identity): PluginIdentity {
  const { subject, consumer, tenant, plan, scopes, roles, scheme, claims } = identity;
  return {
    subject,
    consumer,
    tenant,
    plan,
    scopes: new Set(scopes),
    roles: [...roles],
    scheme,
    claims: structuredClone(claims),
  };
}

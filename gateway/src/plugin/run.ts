/**
 * One run of a plugin for one message, held: what it throws, its silence past its time and its misuse of `next` end in an
 * error with its name, or in the message going on without it. What fails behind it is not blamed on it. Nothing that it
 * does after its end has an effect, and its clock stands while it waits for what is behind it.
 */
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { PluginNext, PluginReply } from './definition.ts';
import { type HeldPlugin, pluginError } from './held.ts';
import type { FailureReason } from './metrics.ts';
import { ReplyView } from './reply-view.ts';
import type { Head, Subject } from './subject.ts';

type Run<View> = (view: View, next: PluginNext) => Promise<PluginReply> | PluginReply;

export interface RunView {
  /** Nothing can be changed through it any more, for that reason. */
  close(because: string): void;
}

/** Gives a message to a plugin; `proceed` is the rest of the chain. */
export function hold<View extends RunView, Out extends Head>(
  held: HeldPlugin<Run<View>>,
  subject: Subject<View, Out>,
  proceed: () => Promise<Out>,
): Promise<Out> {
  if (!held.suspension.admits()) {
    held.metrics.failures(1, held.name, 'suspended');
    if (held.skips) return proceed();
    const error = pluginError(held, 'suspended');
    subject.drop(error);
    return Promise.reject(error);
  }
  const limit = held.reads.requestBytes;
  if (limit === 0 || subject.isStream) return new PluginRun(held, subject, proceed).start(undefined);
  return readWhole(subject, limit).then((bytes) => new PluginRun(held, subject, proceed).start(bytes));
}

async function readWhole(
  subject: Pick<Subject<never, never>, 'body' | 'replaceBody'>,
  maxBytes: number,
): Promise<Uint8Array> {
  const bytes = await collect(
    subject.body,
    maxBytes,
    () => new FrontdeskError('payload_too_large', { members: { maxBytes } }),
  );
  subject.replaceBody(new WholeBody(bytes));
  return bytes;
}

class PluginRun<View extends RunView, Out extends Head> {
  readonly #held: HeldPlugin<Run<View>>;
  readonly #subject: Subject<View, Out>;
  readonly #proceed: () => Promise<Out>;
  readonly #settled = Promise.withResolvers<Out>();
  #view: View | undefined;
  #isOver = false;
  /** Of its own time: what it has spent, and since when it is spending again. */
  #spentMs = 0;
  #since = 0;
  #disarm: (() => void) | undefined;
  #stopListening: (() => void) | undefined;
  /** The rest of the chain, from when it was called. */
  #rest: Promise<Out> | undefined;
  #came: { readonly out: Out; readonly view: ReplyView } | undefined;
  #restFailed: { readonly error: unknown } | undefined;
  /** Whether the answer's body is being read: then there is nothing to go on with, and nothing to drop. */
  #isReading = false;

  constructor(held: HeldPlugin<Run<View>>, subject: Subject<View, Out>, proceed: () => Promise<Out>) {
    this.#held = held;
    this.#subject = subject;
    this.#proceed = proceed;
  }

  start(body: Uint8Array | undefined): Promise<Out> {
    const view = this.#subject.view(body, this.#held.rules);
    this.#view = view;
    this.#stopListening = this.#subject.cancellation.onCancel((reason) => this.#cancelled(reason));
    if (this.#isOver) return this.#settled.promise;
    this.#resume();
    try {
      const returned = this.#held.run(view, () => this.#next());
      Promise.resolve(returned).then(
        (reply) => this.#returned(reply),
        (error: unknown) => this.#failed('threw', error),
      );
    } catch (error) {
      this.#failed('threw', error);
    }
    return this.#settled.promise;
  }

  #next(): Promise<PluginReply> {
    if (this.#isOver) return quietly(new Error(`the plugin ${this.#held.name} is over: next leads nowhere`));
    if (this.#rest) {
      const error = new Error('it called next twice');
      this.#failed('misused', error);
      return quietly(error);
    }
    this.#pause();
    this.#commit();
    const passed = this.#goOn().then(
      (out) => this.#arrived(out),
      (error: unknown) => {
        if (!this.#isOver) this.#resume();
        throw error;
      },
    );
    // A plugin need not wait for it: then nobody hears of its failure, which is told elsewhere.
    passed.catch(ignore);
    return passed;
  }

  #goOn(): Promise<Out> {
    const rest = this.#proceed();
    this.#rest = rest;
    rest.catch((error: unknown) => {
      this.#restFailed = { error };
    });
    return rest;
  }

  async #arrived(out: Out): Promise<ReplyView> {
    if (this.#isOver) throw new Error(`the plugin ${this.#held.name} is over`);
    const { rules, reads } = this.#held;
    let read: Uint8Array | undefined;
    let whole = out;
    if (reads.replyBytes > 0 && !this.#subject.isStreamed(out)) {
      this.#isReading = true;
      try {
        read = await collect(out.body, reads.replyBytes, (maxBytes) => new TooLarge(maxBytes));
      } catch (error) {
        this.#restFailed = { error };
        this.#failed(error instanceof TooLarge ? 'too_large' : 'threw', error);
        throw error;
      }
      this.#isReading = false;
      whole = this.#subject.amend(out, out.status, out.headers, new WholeBody(read));
      // Nobody waits for it any more.
      if (this.#isOver) throw new Error(`the plugin ${this.#held.name} is over`);
    }
    const view = new ReplyView(whole.status, whole.headers, rules.reply, read);
    this.#came = { out: whole, view };
    this.#resume();
    return view;
  }

  #returned(reply: PluginReply | undefined): void {
    if (this.#isOver) return;
    const came = this.#came;
    if (came && reply === came.view) {
      this.#end();
      this.#settled.resolve(this.#amended(came.out, came.view));
      return;
    }
    if (!(reply instanceof ReplyView) || reply.replaced === undefined) {
      this.#failed('misused', new Error('it returned no answer: expected what next() gave, or respond(…)'));
      return;
    }
    this.#end();
    const reason = new Error(`the plugin ${this.#held.name} answered itself`);
    reply.close();
    if (this.#rest) this.#dropRest(reason);
    else this.#subject.drop(reason);
    this.#settled.resolve(this.#subject.reply(reply.status, reply.finalHeaders(), reply.replaced));
  }

  #amended(out: Out, view: ReplyView): Out {
    view.close();
    const { replaced } = view;
    if (!replaced && view.status === out.status && !view.headers.changed) return out;
    if (replaced) out.body.discard(new Error(`the plugin ${this.#held.name} replaced the body`));
    return this.#subject.amend(out, view.status, view.finalHeaders(), replaced ?? out.body);
  }

  #failed(reason: FailureReason, error: unknown): void {
    if (this.#isOver) return;
    if (reason === 'threw' && this.#isOfTheRest(error)) {
      this.#end();
      this.#settled.reject(error);
      return;
    }
    if (reason === 'timed_out') this.#held.suspension.timedOut();
    this.#end(reason !== 'timed_out');
    const { metrics, name, skips, logger } = this.#held;
    metrics.failures(1, name, reason);
    const failure = pluginError(this.#held, reason, error);
    if (skips && !this.#isReading) {
      logger.warn({ plugin: name, reason, detail: failure.detail }, 'a request goes on without a plugin');
      this.#skip();
      return;
    }
    if (this.#rest) this.#dropRest(failure);
    else this.#subject.drop(failure);
    this.#settled.reject(failure);
  }

  /** What it changed of the request counts only if it went on itself; what it changed of the answer does not. */
  #skip(): void {
    const rest = this.#came ? Promise.resolve(this.#came.out) : (this.#rest ?? this.#goOn());
    rest.then(this.#settled.resolve, this.#settled.reject);
  }

  /** Whoever waits for the answer waits no more: its client left, or its time is over. */
  #cancelled(reason: Error): void {
    // What is behind it hears of it, too, and says what it makes of it.
    if (this.#isOver || (this.#rest && !this.#came && !this.#restFailed && !this.#isReading)) return;
    // How long its clients wait is theirs to say: that it was still at it says nothing of it, good or bad.
    this.#end(false);
    if (this.#came) this.#subject.discard(this.#came.out, reason);
    else if (!this.#rest) this.#subject.drop(reason);
    this.#settled.reject(this.#isReading ? toFrontdeskError(reason) : waited(this.#held, reason));
  }

  #isOfTheRest(error: unknown): boolean {
    return this.#restFailed !== undefined && this.#restFailed.error === error;
  }

  #dropRest(reason: Error): void {
    if (this.#isReading) return;
    if (this.#came) this.#subject.discard(this.#came.out, reason);
    else
      this.#rest?.then(
        (out) => this.#subject.discard(out, reason),
        () => {},
      );
  }

  #commit(): void {
    if (this.#view) this.#subject.commit(this.#view);
    this.#view?.close('the request has gone on');
  }

  /** Its own time runs. */
  #resume(): void {
    const { clock, timeoutMs } = this.#held;
    this.#since = clock.now();
    this.#disarm = clock.after(Math.max(0, timeoutMs - this.#spentMs), () =>
      this.#failed('timed_out', undefined),
    );
  }

  #pause(): void {
    if (!this.#disarm) return;
    this.#disarm();
    this.#disarm = undefined;
    this.#spentMs += this.#held.clock.now() - this.#since;
  }

  #end(answered = true): void {
    this.#pause();
    this.#isOver = true;
    this.#stopListening?.();
    this.#view?.close('it is over');
    this.#came?.view.close();
    const { metrics, name, suspension } = this.#held;
    metrics.duration(this.#spentMs / 1000, name);
    if (answered) suspension.answered();
  }
}

/** A deadline that passes while a plugin has the request: the log says which. */
function waited({ name }: { readonly name: string }, reason: Error): FrontdeskError {
  const error = toFrontdeskError(reason);
  if (error.code !== 'deadline_exceeded') return error;
  return new FrontdeskError('deadline_exceeded', {
    detail: `while the plugin ${name} had it`,
    cause: error,
  });
}

class TooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the answer has more than ${maxBytes} bytes, and it reads answers whole`);
  }
}

/** For who may not wait for it. */
function quietly(error: Error): Promise<never> {
  const rejected = Promise.reject(error);
  rejected.catch(ignore);
  return rejected;
}

function ignore(): void {}

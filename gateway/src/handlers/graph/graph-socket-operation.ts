/** One operation of a socket, from its message to its last: dispatched, its results sent at the client's pace. */
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { Handler, Reply } from '../../core/exchange.ts';
import type { Outcome } from '../../core/settlement.ts';
import type { WebSocketChannel } from '../../core/web-socket.ts';
import { errorList } from '../../graph/refusal.ts';
import type { GraphStream, GraphText } from '../../graph/request.ts';
import { wsComplete, wsError, wsNext } from '../../wire/graphql/graphql-transport-ws.ts';
import { answerOf } from '../operation-answer.ts';
import type { OperationExchange } from '../operation-exchange.ts';
import type { Kept, StreamKeeper } from '../proxy/stream-keeper.ts';

export interface SocketOperationOptions {
  readonly id: string;
  readonly exchange: OperationExchange;
  readonly dispatch: Handler;
  readonly keeper: StreamKeeper;
  readonly channel: WebSocketChannel;
}

export class SocketOperation {
  readonly #options: SocketOperationOptions;
  #payloads: AsyncIterator<string> | undefined;
  #kept: Kept | undefined;
  #bytes = 0;
  /** Set once nothing more is to be sent. */
  #over = false;

  constructor(options: SocketOperationOptions) {
    this.#options = options;
  }

  /** Resolves when it is over, with what a step refused it for. Never rejects. */
  async run(): Promise<FrontdeskError | undefined> {
    const { exchange, dispatch } = this.#options;
    let reply: Reply;
    try {
      reply = await dispatch(exchange);
    } catch (error) {
      return this.#fail(toFrontdeskError(error));
    }
    exchange.deadline.end();
    const answer = await answerOf(reply, exchange.error);
    let refused: FrontdeskError | undefined;
    if (answer instanceof FrontdeskError) refused = this.#fail(answer);
    else if ('payloads' in answer) await this.#stream(answer);
    else this.#text(answer);
    reply.settlement.settle(this.#outcome());
    return refused;
  }

  /** The client wants no more of it, or is gone. */
  leave(): void {
    this.#stop(new FrontdeskError('client_closed'));
  }

  #text({ body, refusal }: GraphText): void {
    const { id } = this.#options;
    if (refusal) {
      this.#send(wsError(id, JSON.stringify(refusal.errors)));
    } else {
      this.#send(wsNext(id, body));
      this.#send(wsComplete(id));
    }
    this.#over = true;
  }

  async #stream({ payloads }: GraphStream): Promise<void> {
    const { id, channel, keeper } = this.#options;
    this.#payloads = payloads;
    if (this.#over) return this.#return();
    this.#kept = keeper.keepOperation((reason) => void this.#fail(reason));
    try {
      for (;;) {
        const { value, done } = await payloads.next();
        if (this.#over) return;
        if (done) break;
        this.#kept.active();
        // Others wake by the same word: whoever comes first may congest the socket again.
        while (channel.congested) await channel.taken();
        this.#send(wsNext(id, value));
      }
      this.#send(wsComplete(id));
      this.#over = true;
      this.#kept.release();
    } catch (error) {
      this.#fail(toFrontdeskError(error));
    }
  }

  /** Ends it with an `error` message. */
  #fail(error: FrontdeskError): FrontdeskError {
    const { id, exchange } = this.#options;
    exchange.error ??= error;
    this.#send(wsError(id, errorList(error)));
    this.#stop(error);
    return error;
  }

  #stop(reason: FrontdeskError): void {
    if (this.#over) return;
    this.#over = true;
    this.#kept?.release();
    this.#options.exchange.cancellation.cancel(reason);
    this.#return();
  }

  #return(): void {
    // A source that breaks while it ends has nobody left to tell.
    this.#payloads?.return?.().catch(() => {});
  }

  #send(text: string): void {
    if (this.#over) return;
    this.#bytes += Buffer.byteLength(text);
    this.#options.channel.send(text);
  }

  #outcome(): Outcome {
    const { cancellation } = this.#options.exchange;
    const { reason } = cancellation;
    const left = reason instanceof FrontdeskError && reason.code === 'client_closed';
    return left
      ? { kind: 'aborted', bytes: this.#bytes, error: reason }
      : { kind: 'complete', bytes: this.#bytes };
  }
}

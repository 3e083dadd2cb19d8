/**
 * The body of a reply to an operation that came over a WebSocket: the answer itself, for the socket to send message by message.
 * Whoever drops the reply on its way (a step that fails, or answers itself) ends by that what works for it.
 */
import type { Body, Flow, Sink } from '../core/body.ts';
import { makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { GraphStream, GraphText } from '../graph/request.ts';

export class OperationBody implements Body {
  readonly answer: GraphText | GraphStream;
  readonly replayable = false;
  /** Nobody counted it: it is text. */
  readonly length: undefined;

  constructor(answer: GraphText | GraphStream) {
    this.answer = answer;
  }

  /** For a step that reads the answer whole. A stream has a type that says so, and is not read. */
  start(sink: Sink): Flow {
    const { answer } = this;
    if ('payloads' in answer)
      sink.fail(new TypeError('a stream of an operation is taken by its socket alone'));
    else {
      const { body, refusal } = answer;
      sink.write(Buffer.from(refusal ? JSON.stringify({ errors: refusal.errors }) : body));
      sink.end();
    }
    return { resume() {}, cancel: () => this.discard() };
  }

  discard(): void {
    // A source that breaks while it ends has nobody left to tell.
    if ('payloads' in this.answer) this.answer.payloads.return?.().catch(() => {});
  }
}

export function operationReply(answer: GraphText | GraphStream): Reply {
  const isStream = 'payloads' in answer;
  const status = isStream ? 200 : (answer.refusal?.status ?? 200);
  const type = isStream ? 'text/event-stream' : 'application/json';
  return makeReply(status, new HeaderFields(['content-type', type]), new OperationBody(answer));
}

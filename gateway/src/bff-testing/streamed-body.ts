/** A body whose bytes come as messages do. */
import type { Body, Flow, Sink } from '../core/body.ts';
import { toFrontdeskError } from '../core/errors.ts';
import type { Messages } from './messages.ts';

/** `bytes`: what a message is on the wire. Nothing is read ahead of a receiver that waits. */
export function streamedBody(messages: Messages, bytes: (message: unknown) => Uint8Array): Body {
  return {
    length: undefined,
    replayable: false,
    start: (sink) => pump(messages, bytes, sink),
    discard: () => void messages.return(),
  };
}

function pump(messages: Messages, bytes: (message: unknown) => Uint8Array, sink: Sink): Flow {
  let isOver = false;
  let resume: (() => void) | undefined;
  const run = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await messages.next();
      if (isOver) return;
      if (done) {
        isOver = true;
        sink.end();
        return;
      }
      if (!sink.write(bytes(value)) && !isOver) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
    }
  };
  run().catch((error: unknown) => {
    if (isOver) return;
    isOver = true;
    sink.fail(toFrontdeskError(error));
  });
  return {
    resume: () => resume?.(),
    cancel: () => {
      isOver = true;
      resume?.();
      void messages.return();
    },
  };
}

/**
 * What a process and whoever runs it say to each other over the channel that Node gives them: one that is ready says so, and
 * answers when it is asked whether it is still there. Another's messages on the same channel are let be.
 */

/** From the process: it serves. */
export interface ReadyMessage {
  readonly frontdesk: 'process';
  readonly ready: true;
  /** For operators: what it says of itself, such as where its own operators' port is. */
  readonly facts: Readonly<Record<string, string>>;
}

/** To the process, and back: is it there? */
export interface BeatMessage {
  readonly frontdesk: 'process';
  readonly beat: true;
}

export const BEAT: BeatMessage = { frontdesk: 'process', beat: true };

export function isReady(message: unknown): message is ReadyMessage {
  return isOurs(message) && 'ready' in message && 'facts' in message;
}

export function isBeat(message: unknown): message is BeatMessage {
  return isOurs(message) && 'beat' in message;
}

function isOurs(message: unknown): message is object {
  return (
    typeof message === 'object' &&
    message !== null &&
    'frontdesk' in message &&
    message.frontdesk === 'process'
  );
}

/** The process's own end of the channel: `process` itself. */
export interface SupervisedEnd {
  send?(message: object): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  disconnect?(): void;
}

/** Answers from now on, and tells of a supervisor that is gone: nobody would miss this process then. */
export function answerBeats(end: SupervisedEnd, onGone: () => void): void {
  end.on('message', (message) => {
    if (isBeat(message)) end.send?.(BEAT);
  });
  // What is said just when the other has gone fails with an event that would end a process which hears it not.
  end.on('error', () => {});
  end.once('disconnect', onGone);
}

export function sayReady(end: SupervisedEnd, facts: Readonly<Record<string, string>>): void {
  const message: ReadyMessage = { frontdesk: 'process', ready: true, facts };
  end.send?.(message);
}

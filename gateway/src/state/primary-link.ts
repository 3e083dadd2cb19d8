/**
 * Calls between a worker and the primary process that forked it, over the channel that Node gives them. What is asked in
 * one turn of the loop goes in one message, and so do the answers. JSON: no `undefined`, no `Infinity`.
 */

/** A call: its number, what is asked, with what. */
export type PrimaryCall = readonly [id: number, operation: string, argument: unknown];
/** An answer: the call's number and what it gives, or why it failed. */
export type PrimaryAnswer = readonly [id: number, value: unknown, error?: string];

export interface CallsMessage {
  readonly frontdesk: 'state';
  readonly calls: readonly PrimaryCall[];
}

export interface AnswersMessage {
  readonly frontdesk: 'state';
  readonly answers: readonly PrimaryAnswer[];
}

/** What one worker told all. */
export interface NewsMessage {
  readonly frontdesk: 'state';
  readonly channel: string;
  readonly text: string;
}

export function isCalls(message: unknown): message is CallsMessage {
  return isOurs(message) && 'calls' in message && Array.isArray(message.calls);
}

export function isAnswers(message: unknown): message is AnswersMessage {
  return isOurs(message) && 'answers' in message && Array.isArray(message.answers);
}

export function isNews(message: unknown): message is NewsMessage {
  return isOurs(message) && 'channel' in message && typeof message.channel === 'string';
}

function isOurs(message: unknown): message is object {
  return (
    typeof message === 'object' && message !== null && 'frontdesk' in message && message.frontdesk === 'state'
  );
}

/** Gathers what is said in one turn of the loop. */
export class Batch<Item> {
  readonly #send: (items: readonly Item[]) => void;
  #items: Item[] = [];

  constructor(send: (items: readonly Item[]) => void) {
    this.#send = send;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > 1) return;
    setImmediate(() => {
      const items = this.#items;
      this.#items = [];
      this.#send(items);
    });
  }
}

/** In a worker's environment: its state is the primary's. */
export const PRIMARY_STATE = { FRONTDESK_STATE: 'primary' } as const;

/** Whether this process was forked by a primary that keeps the state. */
export function hasPrimary(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return environment.FRONTDESK_STATE === PRIMARY_STATE.FRONTDESK_STATE && process.send !== undefined;
}

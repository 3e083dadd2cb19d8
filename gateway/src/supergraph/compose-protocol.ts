/** What the gateway and the thread that composes running subgraphs say to each other: plain data. */

/** What the thread is started with. */
export interface ComposeStart {
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  readonly pollMs: number;
}

/** To the thread. */
export type ComposeOrder =
  /** Ask all subgraphs anew, and poll them from then on. */
  | { readonly kind: 'read'; readonly id: number }
  | { readonly kind: 'told'; readonly id: number; readonly sdl: string }
  | { readonly kind: 'untold'; readonly id: number; readonly reason: string };

/** From it. */
export type ComposeReport =
  /** To be sent to a subgraph; answered by `told` or `untold` with the same id. */
  | { readonly kind: 'ask'; readonly id: number; readonly subgraph: string; readonly query: string }
  | { readonly kind: 'read'; readonly id: number; readonly sdl: string }
  | { readonly kind: 'unread'; readonly id: number; readonly reason: string }
  /** Found by polling. */
  | { readonly kind: 'changed'; readonly sdl: string }
  /** A poll in which a subgraph did not tell its schema. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** A poll that found schemas which cannot be composed. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Whether a message is one of ours: both sides are our own code, so its kind says the rest. */
export function isComposeOrder(message: unknown): message is ComposeOrder {
  return hasKind(message, ['read', 'told', 'untold']);
}

export function isComposeReport(message: unknown): message is ComposeReport {
  return hasKind(message, ['ask', 'read', 'unread', 'changed', 'failed', 'refused']);
}

export function isComposeStart(message: unknown): message is ComposeStart {
  return typeof message === 'object' && message !== null && 'subgraphs' in message && 'pollMs' in message;
}

function hasKind(message: unknown, kinds: readonly string[]): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    typeof message.kind === 'string' &&
    kinds.includes(message.kind)
  );
}

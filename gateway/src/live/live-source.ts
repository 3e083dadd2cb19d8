/** Where the page has its seconds from: this process, or all workers together. */
import type { LiveRequest, LiveSnapshot } from './snapshot.ts';

export interface LiveSource {
  /** Tells of each second from now on, until what is returned is called. */
  open(tell: (snapshot: LiveSnapshot) => void): () => void;
  /** The requests that are kept, the oldest first. */
  list(): Promise<readonly LiveRequest[]>;
  /** One of them as a waterfall (`telemetry/waterfall.ts`). */
  find(id: string): Promise<object | undefined>;
}

/**
 * What a primary and its workers say to each other over the channel that Node gives them, beside beats (processes/link.ts)
 * and state (state/primary-link.ts). A connection goes with the message that names it.
 */
import type { ConfigVersion } from '../change/change.ts';
import type { ConfigBundle } from '../config/bundle.ts';

/** In a worker's environment: it is one, and waits to be told what to serve. */
export const WORKER_VARIABLE = 'FRONTDESK_WORKER';

/** Whether this process was started as a worker. Asked once: what it starts itself is none. */
export function takeWorkerMark(environment: NodeJS.ProcessEnv = process.env): boolean {
  const isWorker = environment[WORKER_VARIABLE] !== undefined && process.send !== undefined;
  delete environment[WORKER_VARIABLE];
  return isWorker;
}

/** What a worker serves. Without a bundle the command line says all. */
export interface Served {
  readonly version: ConfigVersion;
  readonly bundle: ConfigBundle | undefined;
}

/** The first word to a worker. */
export interface WorkerOrder extends Served {
  /** Its number, from 1; a successor has the same. */
  readonly worker: number;
  /** Of all. */
  readonly workers: number;
  /** Where its connections are accepted, for its own words. */
  readonly place: { readonly host: string; readonly port: number };
  /** The socket on which the primary asks it what operators ask; `undefined` where nobody does. */
  readonly adminSocket: string | undefined;
}

export type ToWorker =
  | { readonly kind: 'begin'; readonly order: WorkerOrder }
  /** Numbered in the order in which they are given. */
  | { readonly kind: 'connection'; readonly id: number }
  | { readonly kind: 'prepare'; readonly id: number; readonly served: Served }
  | { readonly kind: 'decide'; readonly id: number; readonly commit: boolean }
  /** Not ready any more for whoever asks; serves on. */
  | { readonly kind: 'announce' }
  /** Finishes what it has and goes. */
  | { readonly kind: 'drain' };

export type FromWorker =
  /** It has loaded the program, and waits for the first word. */
  | { readonly kind: 'loaded' }
  /** The number of a connection that it has taken now, if any, and how many have ended since it last told. */
  | { readonly kind: 'connections'; readonly taken: number | undefined; readonly closed: number }
  | { readonly kind: 'prepared'; readonly id: number; readonly fault: string | undefined }
  | { readonly kind: 'decided'; readonly id: number; readonly fault: string | undefined }
  | { readonly kind: 'status'; readonly status: WorkerStatus }
  /** It was told to go by somebody else, and asks for a successor. */
  | { readonly kind: 'leave' };

/** How a worker does, told with each beat. */
export interface WorkerStatus {
  /** Why it should get no traffic. */
  readonly notReady: readonly string[];
  readonly requestsInFlight: number;
  /** Longest that its loop was held up since the last word, ms. */
  readonly loopDelayMs: number;
  readonly heapMb: number;
  readonly rssMb: number;
}

const OURS = 'workers';

export function toWorker(message: ToWorker): object {
  return { frontdesk: OURS, ...message };
}

export function fromWorker(message: FromWorker): object {
  return { frontdesk: OURS, ...message };
}

export function isToWorker(message: unknown): message is ToWorker {
  return isOurs(message);
}

export function isFromWorker(message: unknown): message is FromWorker {
  return isOurs(message);
}

/** Both ends are the same program. */
function isOurs(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'frontdesk' in message && message.frontdesk === OURS
  );
}

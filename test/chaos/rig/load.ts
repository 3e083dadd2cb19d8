/**
 * Open-loop load: requests are due at a constant pace, whatever became of those before, and their latency counts from
 * when they were due. Each names its caller and a nonce; the backend echoes both as the gateway told it, so an answer
 * that belongs to another request, or to another caller, is seen.
 */
import { randomBytes } from 'node:crypto';
import { type Failure, HttpClient, type Reply } from './http-client.ts';
import { type Outcome, Tally } from './tally.ts';

export interface Caller {
  /** As backends are told of it. */
  readonly identity: string;
  /** Lines of the head with its credential. */
  readonly head: string;
}

export interface LoadOptions {
  readonly port: number;
  /** Without a query. */
  readonly path: string;
  /** Further query, such as `&lines=1000`; in turn. */
  readonly queries?: readonly string[];
  readonly perSecond: number;
  readonly callers: readonly Caller[];
  readonly connections?: number;
  /** As of the client's options. */
  readonly idleMs?: number;
  /** Judges a reply of 200 beyond its body. `at`: when the request was due; it was not sent before. */
  readonly judge?: (reply: Reply, at: number) => boolean;
}

const CONNECTIONS = 256;
const TICK_MS = 5;
const PROBLEM = 'urn:frontdesk:problem:';

export class Load {
  readonly tally = new Tally();
  readonly #options: LoadOptions;
  readonly #client: HttpClient;
  readonly #prefix = randomBytes(4).toString('hex');
  readonly #waiting = new Set<Promise<void>>();
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    const { port, connections = CONNECTIONS, idleMs } = options;
    this.#client = new HttpClient({ port, connections, ...(idleMs === undefined ? {} : { idleMs }) });
  }

  start(): this {
    const startedAt = performance.now();
    const everyMs = 1000 / this.#options.perSecond;
    this.#timer = setInterval(() => {
      const now = performance.now();
      while (startedAt + this.#sent * everyMs <= now) this.#send(startedAt + this.#sent * everyMs);
    }, TICK_MS);
    return this;
  }

  /** Resolves when the last reply is there. */
  async stop(): Promise<Tally> {
    clearInterval(this.#timer);
    await Promise.all(this.#waiting);
    this.#client.close();
    return this.tally;
  }

  #send(at: number): void {
    const { callers, path, queries = [''] } = this.#options;
    const caller = callers[this.#sent % callers.length];
    if (!caller) throw new Error('a load needs callers');
    const nonce = `${this.#prefix}-${this.#sent}`;
    const query = queries[Math.floor(this.#sent / callers.length) % queries.length] ?? '';
    this.#sent += 1;
    let sentAt = at;
    const onSent = (): void => {
      sentAt = performance.now();
    };
    const one = this.#client.get(`${path}?nonce=${nonce}${query}`, caller.head, onSent).then((answer) => {
      const outcome = this.#judge(answer, `${nonce}|${caller.identity}\n`, at);
      const latencyMs = performance.now() - at;
      this.tally.add({ at, latencyMs, lagMs: sentAt - at, outcome, caller: caller.identity });
    });
    this.#waiting.add(one);
    void one.then(() => this.#waiting.delete(one));
  }

  #judge(answer: Reply | Failure, line: string, at: number): Outcome {
    if (typeof answer === 'string') return answer;
    if (answer.status !== 200) return codeOf(answer);
    const { judge } = this.#options;
    const lines = Number(answer.fields.get('x-lines'));
    return lines > 0 && answer.body === line.repeat(lines) && judge?.(answer, at) !== false ? 'ok' : 'wrong';
  }
}

/** The code of a problem of the gateway's; the status where it is none. */
function codeOf({ status, fields, body }: Reply): string {
  if (!fields.get('content-type')?.startsWith('application/problem+json')) return `status ${status}`;
  const at = body.indexOf(PROBLEM);
  const end = body.indexOf('"', at);
  return at < 0 || end < 0 ? `status ${status}` : body.slice(at + PROBLEM.length, end);
}

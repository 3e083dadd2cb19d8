/**
 * The operators' port of the primary: what is its own (workers, health), what all processes measured as one, and for all else
 * the workers' answers.
 */
import { collect, emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Logger } from '../core/log.ts';
import {
  type AdminPage,
  type AdminToken,
  adminAuthorization,
  healthHandler,
} from '../handlers/admin/admin.ts';
import { allow, answer, answerJson, refused } from '../handlers/admin/admin-http.ts';
import type { AdminLogLevel } from '../handlers/admin/admin-log-level.ts';
import { adminChain } from '../pipeline.ts';
import { exposeMerged, type Metrics, type MetricsSnapshot } from '../telemetry/metrics.ts';
import { makeIdSource } from '../wire/trace-context.ts';
import { addedUp, adminRule, firstRefusal, sideBySide, type WorkerAnswer } from '../workers/admin-rules.ts';
import { type Answered, askWorker, type Question } from '../workers/ask-worker.ts';
import type { WorkerPool } from '../workers/pool.ts';
import { RetiredMetrics } from '../workers/retired-metrics.ts';
import { LOG_LEVEL_PATH, WorkersLogLevel } from './workers-log-level.ts';

/** Where a process of ours gives what it measured as plain data. */
const METRIC_VALUES_PATH = '/metrics/values';
const WORKERS_PATH = '/admin/workers';
const MAX_BODY_BYTES = 2 * 1024 * 1024;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const PASSED_FIELDS = ['accept', 'content-type', 'cookie', 'last-event-id', 'if-match', 'if-none-match'];

export interface WorkersAdminOptions {
  readonly token: AdminToken;
  readonly pool: WorkerPool;
  /** Where a worker of that number and generation answers. */
  readonly socketOf: (worker: number, generation: number) => string;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How much the primary's own log tells. */
  readonly logLevel: AdminLogLevel;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** The page for people; `undefined` where it is off. */
  readonly page?: AdminPage | undefined;
  /** What else the primary answers itself, such as for the configuration; `undefined` for what is the workers'. */
  readonly own?: ((exchange: Exchange) => Promise<Reply> | undefined) | undefined;
}

export interface WorkersAdmin {
  readonly handle: Handler;
  /** Tells a worker that has begun to serve what operators told the others. */
  admitted(worker: number, generation: number): Promise<void>;
}

export function workersAdmin(options: WorkersAdminOptions): WorkersAdmin {
  const { pool, token, logger, own, page } = options;
  const authorize = adminAuthorization(token, page);
  const health = healthHandler(() => pool.notReady());
  const workers = new AskedWorkers(options);
  const handle = adminChain({ ids: makeIdSource(), logger }, async (exchange) => {
    const { path } = exchange;
    if (path === '/healthz' || path === '/readyz') return health(exchange);
    const open = page?.open(exchange);
    if (open) return open;
    authorize(exchange);
    const shown = await page?.answer(exchange);
    if (shown) return shown;
    if (path === '/metrics') return workers.metrics(exchange);
    if (path === WORKERS_PATH || path.startsWith(`${WORKERS_PATH}/`)) return answerWorkers(pool, exchange);
    return (await own?.(exchange)) ?? workers.ask(exchange);
  });
  return { handle, admitted: (worker, generation) => workers.admitted(worker, generation) };
}

/** `GET /admin/workers`, `POST /admin/workers/restart`, `POST /admin/workers/2/restart`. */
function answerWorkers(pool: WorkerPool, exchange: Exchange): Reply {
  const { path } = exchange;
  if (path === WORKERS_PATH) {
    allow(exchange, ['GET', 'HEAD']);
    return answerJson(exchange, 200, pool.view);
  }
  const asked = /^\/admin\/workers\/(?:(\d{1,3})\/)?restart$/.exec(path);
  const number = asked?.[1] === undefined ? undefined : Number(asked[1]);
  if (!asked || (number !== undefined && !pool.slots.some((slot) => slot.number === number))) {
    throw new FrontdeskError('not_found');
  }
  allow(exchange, ['POST']);
  if (pool.rolling.isUnderWay)
    throw refused(['a restart is under way: GET /admin/workers shows how far it is']);
  // Its end is told in the log and at GET /admin/workers.
  pool.rolling.restart(number).catch(() => {});
  return answerJson(exchange, 202, pool.view);
}

/** Where a worker answers. */
interface Place {
  readonly number: number;
  readonly pid: number | undefined;
  readonly socket: string;
}

class AskedWorkers {
  readonly #retired = new RetiredMetrics();
  readonly #options: WorkersAdminOptions;
  readonly #logLevel: WorkersLogLevel;

  constructor(options: WorkersAdminOptions) {
    const { logLevel: own, wall } = options;
    this.#options = options;
    this.#logLevel = new WorkersLogLevel({ own, wall, askAll: (question) => this.#askAll(question) });
  }

  /** Never rejects: where it cannot be told, its log goes on as it is configured. */
  async admitted(worker: number, generation: number): Promise<void> {
    const question = this.#logLevel.question();
    if (!question) return;
    try {
      const { status, body } = await askWorker(this.#options.socketOf(worker, generation), question);
      body.discard(new Error('its status says all'));
      if (status !== 200) throw new Error(`it answered ${status}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn({ worker, reason }, 'a worker was not told of the log level');
    }
  }

  async metrics(exchange: Exchange): Promise<Reply> {
    allow(exchange, ['GET', 'HEAD']);
    const question: Question = { method: 'GET', url: METRIC_VALUES_PATH, headers: {}, body: undefined };
    // Those that leave count as well, until they are gone.
    const present = this.#all();
    const answers = await this.#askAll(question, present);
    const alive = new Set(present.flatMap(({ pid }) => pid ?? []));
    const measured = new Map<number, MetricsSnapshot>();
    for (const [i, { value }] of answers.entries()) {
      const pid = present[i]?.pid;
      if (pid !== undefined && Array.isArray(value)) measured.set(pid, value);
    }
    const merged = await exposeMerged(
      [
        await this.#options.metrics.snapshot(),
        ...(await this.#retired.with(measured, alive)),
        ...measured.values(),
      ],
      exchange.headers.get('accept'),
    );
    return answer(exchange, 200, merged.contentType, merged.text);
  }

  async ask(exchange: Exchange): Promise<Reply> {
    const { method, path } = exchange;
    const query = new URLSearchParams(exchange.query);
    const asked = query.get('worker');
    query.delete('worker');
    if (asked === null && path === LOG_LEVEL_PATH) return this.#logLevel.answer(exchange);
    const question: Question = {
      method,
      url: query.size === 0 ? path : `${path}?${query}`,
      headers: passedFields(exchange),
      body: await bodyOf(exchange),
    };
    if (asked !== null) return passOn(await this.#askOne(this.#numbered(asked), question));
    const rule = adminRule(method, path);
    if (rule === 'any') return passOn(await this.#askOne(this.#present()[0], question));
    const answers = await this.#askAll(question);
    const refusal = firstRefusal(answers);
    if (rule === 'all') {
      if (refusal) return answerJson(exchange, refusal.status, refusal.value);
      const [first] = answers;
      if (first?.value === undefined) return makeReply(first?.status ?? 204, new HeaderFields(), emptyBody);
      return answerJson(exchange, first.status, addedUp(answers.map(({ value }) => value)));
    }
    // All refuse alike: the path is wrong, or the method.
    const isRefused = refusal && answers.every(({ status }) => status === refusal.status);
    if (isRefused) return answerJson(exchange, refusal.status, refusal.value);
    return answerJson(exchange, 200, sideBySide(answers));
  }

  #all(): Place[] {
    const { pool, socketOf } = this.#options;
    return pool.slots.flatMap(({ number, processes }) =>
      Array.from(processes, ({ pid, generation }) => ({ number, pid, socket: socketOf(number, generation) })),
    );
  }

  /** Those that serve. */
  #present(): Place[] {
    const { pool, socketOf } = this.#options;
    return pool.slots.flatMap(({ number, current }) =>
      current ? [{ number, pid: current.pid, socket: socketOf(number, current.generation) }] : [],
    );
  }

  #numbered(asked: string): { readonly socket: string } {
    const found = this.#present().find(({ number }) => String(number) === asked);
    if (!found) throw refused([`worker: there is none of the number ${asked.slice(0, 10)} now`]);
    return found;
  }

  async #askOne(worker: { readonly socket: string } | undefined, question: Question): Promise<Answered> {
    if (!worker) throw new FrontdeskError('upstream_unavailable', { detail: 'no worker is there' });
    return askWorker(worker.socket, question);
  }

  #askAll(question: Question, workers: readonly Place[] = this.#present()): Promise<WorkerAnswer[]> {
    return Promise.all(
      workers.map(async ({ number, socket }): Promise<WorkerAnswer> => {
        try {
          const { status, body } = await askWorker(socket, question);
          return { worker: number, status, value: await jsonOf(body) };
        } catch {
          return { worker: number, status: 503, value: { title: 'The worker did not answer', status: 503 } };
        }
      }),
    );
  }
}

function passedFields({ headers }: Exchange): Record<string, string> {
  return Object.fromEntries(
    PASSED_FIELDS.flatMap((name): [string, string][] => {
      const value = headers.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

async function bodyOf({ body }: Exchange): Promise<Uint8Array | undefined> {
  const bytes = await collect(body, MAX_BODY_BYTES, () => new FrontdeskError('payload_too_large'));
  return bytes.length === 0 ? undefined : bytes;
}

async function jsonOf(body: Answered['body']): Promise<unknown> {
  const bytes = await collect(body, MAX_ANSWER_BYTES, () => new FrontdeskError('upstream_too_large'));
  return bytes.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(bytes));
}

function passOn({ status, headers, body }: Answered): Reply {
  return makeReply(status, HeaderFields.of(headers), body);
}

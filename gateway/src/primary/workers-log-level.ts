/**
 * `/admin/log-level` of a gateway with workers: a level holds in every process of it, the primary's own log too, and in workers
 * that start while it holds, for what is left of its time.
 */
import type { Exchange, Reply } from '../core/exchange.ts';
import { answerJson } from '../handlers/admin/admin-http.ts';
import { type AdminLogLevel, logLevelHandler, logLevelView } from '../handlers/admin/admin-log-level.ts';
import { firstRefusal, sideBySide, type WorkerAnswer } from '../workers/admin-rules.ts';
import type { Question } from '../workers/ask-worker.ts';

export const LOG_LEVEL_PATH = '/admin/log-level';

export interface WorkersLogLevelOptions {
  /** The primary's own. */
  readonly own: AdminLogLevel;
  /** Asks every worker that serves. */
  readonly askAll: (question: Question) => Promise<readonly WorkerAnswer[]>;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
}

export class WorkersLogLevel {
  readonly #options: WorkersLogLevelOptions;

  constructor(options: WorkersLogLevelOptions) {
    this.#options = options;
  }

  /** The primary's, and each worker's beside it. What is no level is refused before any of them is told. */
  async answer(exchange: Exchange): Promise<Reply> {
    const { own, askAll } = this.#options;
    const isChange = exchange.method === 'PUT';
    await logLevelHandler(own)(exchange);
    const answers = await askAll((isChange ? this.question() : undefined) ?? READ);
    const refusal = isChange ? firstRefusal(answers) : undefined;
    if (refusal) return answerJson(exchange, refusal.status, refusal.value);
    return answerJson(exchange, 200, { ...logLevelView(own), ...sideBySide(answers) });
  }

  /** What a worker is to be told that starts now; `undefined` where the configured level holds. */
  question(): Question | undefined {
    const { own, wall } = this.#options;
    const { level, until } = own.view();
    if (until === undefined) return undefined;
    const leftMs = Math.max(1, Math.ceil(until - wall()));
    return {
      method: 'PUT',
      url: LOG_LEVEL_PATH,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode(JSON.stringify({ level, for: `${leftMs}ms` })),
    };
  }
}

const READ: Question = { method: 'GET', url: LOG_LEVEL_PATH, headers: {}, body: undefined };

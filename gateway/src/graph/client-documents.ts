/**
 * The documents that clients may ask for by name, and those that are hot: validated at the start, prepared ahead of a
 * change of supergraph.
 */
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { GraphConfig } from './config.ts';
import type { Operations, PreparedDocument } from './operation.ts';
import type { AutomaticDocuments } from './persisted/automatic.ts';
import type { RegisteredDocument } from './persisted/manifest.ts';
import { registeredByName, resolveText, type TextRules } from './persisted/resolve-text.ts';
import { Refusal } from './refusal.ts';
import type { GraphRequest } from './request.ts';
import {
  type HotOperation,
  hottest,
  registerDocuments,
  registeredAsHot,
  type WarmUp,
  warmUp,
} from './warm-up.ts';

export interface ClientDocumentsOptions {
  readonly config: GraphConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Documents of the manifests. Default: none. */
  readonly registered?: readonly RegisteredDocument[] | undefined;
  /** Where automatic persisted queries are kept. Default: nowhere. */
  readonly automatic?: AutomaticDocuments | undefined;
}

export class ClientDocuments {
  readonly #operations: Operations;
  readonly #options: ClientDocumentsOptions;
  readonly #registered: readonly RegisteredDocument[];
  readonly #texts: TextRules;

  constructor(operations: Operations, options: ClientDocumentsOptions) {
    this.#operations = operations;
    this.#options = options;
    this.#registered = options.registered ?? [];
    this.#texts = {
      registered: registeredByName(this.#registered),
      onlyRegistered: options.config.documents.only === 'registered',
      automatic: options.automatic,
    };
  }

  /** Finds and prepares the document that a client's request means. */
  prepare(request: GraphRequest): PreparedDocument | Refusal | Promise<PreparedDocument | Refusal> {
    const resolved = resolveText(request, this.#texts);
    return resolved instanceof Promise
      ? resolved.then((text) => this.#prepare(request, text))
      : this.#prepare(request, resolved);
  }

  #prepare(
    request: GraphRequest,
    resolved: Awaited<ReturnType<typeof resolveText>>,
  ): PreparedDocument | Refusal {
    if (resolved instanceof Refusal) return resolved;
    const { text, registered, keepAs } = resolved;
    const operationName = request.operationName ?? registered?.operationName;
    const queryOnly = request.queryOnly ?? false;
    const prepared = this.#operations.prepare(text, operationName, queryOnly, registered !== undefined);
    // What is no valid document never takes the place of one that is.
    if (keepAs !== undefined && !(prepared instanceof Refusal)) this.#texts.automatic?.keep(keepAs, text);
    return prepared;
  }

  /** Validates the registered documents. Rejects where one is invalid and the configuration says so. */
  async register(): Promise<void> {
    const { logger, clock, config } = this.#options;
    const invalid = await registerDocuments(this.#operations, this.#registered, clock);
    if (invalid.length === 0) return;
    if (config.documents.invalid === 'refuse') {
      const listed = invalid.map(({ id, reason }) => `${id}: ${reason}`).join('; ');
      throw new FrontdeskError('internal', { detail: `registered documents are not valid: ${listed}` });
    }
    for (const { id, reason } of invalid) logger.warn({ id, reason }, 'a registered document is not valid');
  }

  /** What is asked for most (`warmUp.max` at most). */
  hot(): HotOperation[] {
    return hottest(this.#operations, this.#options.config.warmUp.max);
  }

  /** Prepares registered documents and what was asked for most of another graph, within the configured time. */
  async warm(hot: readonly HotOperation[]): Promise<WarmUp> {
    const { logger, clock, config } = this.#options;
    const { max, budget } = config.warmUp;
    const registered = registeredAsHot(this.#registered, hot);
    const warmed = await warmUp(this.#operations, [...hot, ...registered].slice(0, max), clock, budget);
    if (warmed.warmed + warmed.failed + warmed.left > 0) logger.info({ ...warmed }, 'operations warmed up');
    return warmed;
  }
}

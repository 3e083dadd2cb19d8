/**
 * Answers a route of kind `aggregate` on the engine of screens: parts that need no other start at once, each at most
 * once; what they give is merged in the order of the configuration, so the same answers make the same whole. The
 * answer is 200 and names in `Frontdesk-Incomplete` what it lacks; without a required part there is none.
 */

import type { GraphClient } from '../../bff/graph-client.ts';
import {
  type PartOutcome,
  type PartReport,
  type RunnableScreen,
  ScreenRun,
} from '../../bff/screen/engine.ts';
import type { LastGood } from '../../bff/screen/last-good.ts';
import type { PartClients } from '../../bff/screen/part-run.ts';
import { collect, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Exchange, type Handler, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { formatOf, isEncoded } from '../../wire/coding/body-format.ts';
import { type FieldSelection, parseFields, takeParameter } from '../../wire/json/field-selection.ts';
import { keepNamed } from '../../wire/json/json-select.ts';
import { type JsonStripper, MAX_JSON_DEPTH, makeJsonStripper } from '../../wire/json/json-strip.ts';
import type { PathTree } from '../../wire/json/json-tree.ts';
import { parseJson } from '../../wire/json/json-value.ts';
import type { JsonCall } from '../bff/json-call.ts';
import { RequestReads } from '../bff/reads.ts';
import { combinedCacheControl } from './cache-words.ts';
import { merge } from './merge.ts';
import { type FetchShared, type PartAnswer, PartFetch, readAnswer } from './part-fetch.ts';
import { type AggregatePlan, type PartPlan, planAggregate, type WrittenAggregate } from './plan.ts';
import { aggregateReports } from './reports.ts';

export interface AggregateOptions {
  readonly aggregate: WrittenAggregate;
  /** The route's template, for metrics and logs. */
  readonly template: string;
  readonly callUpstream: CallUpstream;
  /** `undefined` where the configuration has no graph. */
  readonly graph?: GraphClient | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly lastGood: LastGood;
  /** Of the request, where parts read it. */
  readonly maxBodyBytes: number;
  /** Where clients may choose: parts that nobody chose are not asked. */
  readonly fields?: FieldSelection | undefined;
  /** Names of members that nobody may see, wherever they are. */
  readonly strip?: readonly string[];
  /** Longest time of one attempt at an upstream; the upstream's own by default. */
  readonly timeoutMs?: number | undefined;
}

/** Throws `TypeError` for a configuration with faults, which `aggregateConfig` would have refused. */
export function aggregateHandler(options: AggregateOptions): Handler {
  const plan = planAggregate(options.aggregate);
  const [fault] = plan.faults;
  if (fault) throw new TypeError(`${fault.path.join('.')}: ${fault.message}`);
  const aggregate = new Aggregate(plan, options);
  return (exchange) => aggregate.answer(exchange);
}

/** The doors of a part: `PartFetch` has its own. */
const NO_CLIENTS: PartClients = {
  rest: {},
  grpc: {},
  graph: () => Promise.reject(new FrontdeskError('internal', { detail: 'an aggregate opens no graph' })),
};

class Aggregate {
  readonly #plan: AggregatePlan;
  readonly #options: AggregateOptions;
  readonly #byName: ReadonlyMap<string, PartPlan>;
  readonly #reports: ReturnType<typeof aggregateReports>;
  readonly #strip: JsonStripper | undefined;

  constructor(plan: AggregatePlan, options: AggregateOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#byName = new Map(plan.parts.map((part) => [part.name, part]));
    this.#strip = options.strip?.length ? makeJsonStripper(options.strip) : undefined;
    this.#reports = aggregateReports(options.template, options.logger, options.meter);
  }

  async answer(exchange: Exchange): Promise<Reply> {
    const fields = this.#fieldsOf(exchange);
    const body = await this.#bodyOf(exchange);
    const { clock, aggregate, callUpstream, graph, lastGood, template, timeoutMs } = this.#options;
    const { maxSize } = aggregate;
    const ask = (call: JsonCall): Promise<PartAnswer> =>
      readAnswer(callUpstream, { ...call, timeoutMs: sooner(call.timeoutMs, timeoutMs) }, maxSize);
    const shared: FetchShared = {
      source: { exchange, clock, body },
      reads: new RequestReads(callUpstream, (_through, call) => ask(call)),
      ask,
      graph,
      lastGood,
      route: template,
    };
    const fetches = this.#chosen(fields).map((plan) => new PartFetch(plan, shared));
    const run = this.#begin(fetches, exchange);
    try {
      const outcomes = await Promise.all(fetches.map(({ plan }) => run.part(plan.name)));
      exchange.cancellation.throwIfCancelled();
      return this.#reply(exchange, fetches, outcomes, run.incomplete, fields);
    } finally {
      run.close();
    }
  }

  #begin(fetches: readonly PartFetch[], context: Exchange): ScreenRun {
    const parts: Record<string, PartFetch> = {};
    for (const fetch of fetches) parts[fetch.plan.name] = fetch;
    const { template, clock } = this.#options;
    const screen: RunnableScreen = {
      field: template,
      scopes: [],
      // The route's deadline holds.
      deadlineMs: Number.POSITIVE_INFINITY,
      parts,
    };
    return new ScreenRun(screen, {
      context,
      clock,
      openClients: (scope) => {
        parts[scope.name]?.open(scope);
        return NO_CLIENTS;
      },
      report: (report: PartReport) => this.#reports.part(report),
    });
  }

  #reply(
    exchange: Exchange,
    fetches: readonly PartFetch[],
    outcomes: readonly PartOutcome[],
    incomplete: readonly string[],
    fields: PathTree<true> | undefined,
  ): Reply {
    for (const { standIn, plan } of fetches) if (standIn) this.#reports.standIn(plan.name, standIn);
    const isEmpty = outcomes.every(({ failure }, i) => failure && !fetches[i]?.standIn);
    if (isEmpty && outcomes.length > 0) throw allFailed(outcomes);
    const whole = merge(
      outcomes.map((outcome, i) => ({ ...outcome, group: fetches[i]?.plan.written.group })),
      this.#options.aggregate.errors,
      this.#reports.collision,
    );
    const value = fields ? (keepNamed(whole, fields) ?? {}) : whole;
    const headers = new HeaderFields(['content-type', 'application/json; charset=utf-8']);
    const cacheControl =
      incomplete.length > 0
        ? 'no-store'
        : combinedCacheControl(
            fetches.map((fetch) => fetch.headers),
            this.#plan.readsCaller || exchange.identity !== undefined,
          );
    if (cacheControl !== undefined) headers.append('cache-control', cacheControl);
    if (this.#plan.readsFields.length > 0) headers.append('vary', this.#plan.readsFields.join(', '));
    if (incomplete.length > 0) headers.append('frontdesk-incomplete', incomplete.join(', '));
    return makeReply(200, headers, new WholeBody(this.#written(value)));
  }

  #written(value: object): Uint8Array {
    const text = Buffer.from(JSON.stringify(value));
    const stripped = this.#strip ? this.#strip(text) : text;
    if (stripped) return stripped;
    throw new FrontdeskError('upstream_invalid', { detail: 'the whole nests too deeply to be stripped' });
  }

  /** The parts that can give something of what is asked for, required ones, and what these are asked with. */
  #chosen(fields: PathTree<true> | undefined): readonly PartPlan[] {
    if (!fields) return this.#plan.parts;
    const chosen = new Set<string>();
    const choose = (part: PartPlan): void => {
      if (chosen.has(part.name)) return;
      chosen.add(part.name);
      for (const name of part.uses) {
        const used = this.#byName.get(name);
        if (used) choose(used);
      }
    };
    for (const part of this.#plan.parts) {
      const { top, required } = part;
      const isAsked = !top.isAll || [...top.names].some((name) => fields.member(name) !== undefined);
      if (required || isAsked) choose(part);
    }
    // Names that no part has: they are ignored, as everywhere, and nothing is left to be asked for.
    return this.#plan.parts.filter(({ name }) => chosen.has(name));
  }

  #fieldsOf(exchange: Exchange): PathTree<true> | undefined {
    const { fields } = this.#options;
    if (!fields || exchange.query === '') return undefined;
    const { value, rest } = takeParameter(exchange.query, fields.param);
    if (value === undefined) return undefined;
    exchange.query = rest;
    return parseFields(value, fields);
  }

  async #bodyOf(exchange: Exchange): Promise<unknown> {
    const { body, headers } = exchange;
    if (!this.#plan.readsBody) return undefined;
    const contentType = headers.get('content-type');
    if (body.length !== 0 && (isEncoded(headers) || formatOf(contentType) !== 'json')) {
      const error = new FrontdeskError('unsupported_media_type', {
        detail: `a body of ${contentType ?? 'no content type'} where parts read JSON`,
      });
      body.discard(error);
      throw error;
    }
    const bytes = await collect(body, this.#options.maxBodyBytes, (max) => {
      return new FrontdeskError('payload_too_large', { detail: `more than ${max} bytes` });
    });
    if (bytes.length === 0) return undefined;
    const parsed = parseJson(bytes, MAX_JSON_DEPTH);
    if (parsed) return parsed.value;
    throw new FrontdeskError('bad_request', { detail: 'the body is no JSON, or nests too deeply' });
  }
}

function sooner(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

/** Nothing came of it: the caller's own fault stays what it is where all parts agree on it. */
function allFailed(outcomes: readonly PartOutcome[]): FrontdeskError {
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const [first] = failures;
  const isCallers = first && first.status < 500 && failures.every(({ code }) => code === first.code);
  if (first && isCallers) return first;
  const waits = failures.flatMap(({ retryAfterS }) => retryAfterS ?? []);
  return new FrontdeskError('part_failed', {
    detail: `every part failed: ${outcomes.map(({ name, failure }) => `${name}: ${failure?.code}`).join(', ')}`,
    retryAfterS: waits.length > 0 ? Math.max(...waits) : 1,
    members: { parts: outcomes.map(({ name }) => name) },
    ...(first ? { cause: first } : {}),
  });
}

/** What tests of aggregates share: one that is configured as in a file, on backends that answer from a table. */

import { LastGood } from '../../bff/screen/last-good.ts';
import { collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Logger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Meter } from '../../core/meter.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import type { CallUpstream, UpstreamRequest } from '../../core/upstream-call.ts';
import { type AggregateOptions, aggregateHandler } from './aggregate.ts';
import { aggregateConfig } from './config.ts';

/** An answer with more to it than a body of JSON. */
export class Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;

  constructor(status: number, headers: Readonly<Record<string, string>> = {}, text = '') {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }
}

/** By `upstream path`: an `Answer`, an error to reject with, a promise of either, or the JSON of a 200. */
export type Backend = (request: UpstreamRequest) => unknown;

export interface Event {
  readonly name: string;
  readonly labels: readonly string[];
}

export function aggregateOn(
  written: object,
  backend: Backend,
  more: Partial<Omit<AggregateOptions, 'aggregate'>> = {},
) {
  const clock = new ManualClock();
  const asked: UpstreamRequest[] = [];
  const counted: Event[] = [];
  const logged: Readonly<Record<string, unknown>>[] = [];
  const callUpstream: CallUpstream = async (request) => {
    asked.push(request);
    const gone = new Promise<never>((_, reject) => request.context.cancellation.onCancel(reject));
    const given = await Promise.race([backend(request), gone]);
    if (given instanceof Error) throw given;
    const answer = given instanceof Answer ? given : new Answer(200, {}, JSON.stringify(given ?? null));
    const headers = HeaderFields.of({ 'content-type': 'application/json', ...answer.headers });
    const body = new WholeBody(answer.text);
    return { status: answer.status, headers, body, settled: new Promise(() => {}) };
  };
  const instrument =
    ({ name }: { readonly name: string }) =>
    (_value: number, ...labels: string[]) => {
      counted.push({ name, labels });
    };
  const meter: Meter = { counter: instrument, gauge: instrument, histogram: instrument };
  const log = (fields: Readonly<Record<string, unknown>>): void => {
    logged.push(fields);
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const handler = aggregateHandler({
    aggregate: aggregateConfig.parse(written),
    template: '/api/view',
    callUpstream,
    clock,
    logger,
    meter,
    lastGood: new LastGood(clock),
    maxBodyBytes: 1024,
    ...more,
  });
  const ask = (request: Partial<Exchange> = {}): Promise<Reply> => handler(exchangeOn(clock, request));
  return {
    clock,
    asked,
    counted,
    logged,
    ask,
    /** What was asked for, in order: `users GET /users/1`. */
    calls: () => asked.map(({ upstream, method, path }) => `${upstream} ${method} ${path}`),
    json: async (request: Partial<Exchange> = {}) => read(await ask(request)),
  };
}

export async function read(reply: Reply) {
  const bytes = await collect(reply.body, 1e6, () => new Error('too large'));
  const json: unknown = JSON.parse(Buffer.from(bytes).toString());
  return { status: reply.status, headers: reply.headers, json };
}

/** Params as the router gives them. */
export function withParams(params: Readonly<Record<string, string>>): Partial<Exchange> {
  const chain = (): Promise<Reply> => Promise.reject(new FrontdeskError('internal'));
  return { route: { template: '/api/view/:id', kind: 'aggregate', params, chain } };
}

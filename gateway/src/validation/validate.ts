/**
 * The step that holds requests to a description, before anything of them goes on. All faults are told in one problem
 * document (RFC 9457), each with its place; a body is read whole and goes on as the very bytes that came.
 */
import { type Body, collect, type Flow, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Handler, Middleware, Reply } from '../core/exchange.ts';
import type { Meter } from '../core/meter.ts';
import { bodyRule, checkBody, unsupported } from './body.ts';
import type { Description } from './description.ts';
import { type Fault, MAX_FAULTS } from './faults.ts';
import type { BodyRule, Operation } from './operation.ts';
import { checkParameters } from './parameters.ts';

export interface ValidateOptions {
  readonly description: Description;
  /** The path of which the description speaks. */
  readonly pathOf: (exchange: Exchange) => string;
  /** What becomes of what is not described. */
  readonly unknown: 'refuse' | 'allow';
  readonly maxBodyBytes: number;
  readonly meter: Meter;
  /** The route's template, for metrics. */
  readonly label: string;
}

export function validate(options: ValidateOptions): Middleware {
  const { description, pathOf, unknown, maxBodyBytes, label } = options;
  const count = options.meter.counter({
    name: 'frontdesk_invalid_requests_total',
    help: 'Requests that were not as their description says, by route and by where the first fault was',
    labels: ['route', 'in'],
  });
  const refuse = (faults: readonly Fault[]): FrontdeskError => {
    count(1, label, faults[0]?.in ?? 'body');
    return invalid(faults);
  };
  return (exchange, next) => {
    try {
      const { method, headers, query, body, route } = exchange;
      const found = description.find(method, pathOf(exchange), route?.params ?? {});
      if (!('operation' in found)) {
        if (unknown === 'allow') return next(exchange);
        throw undescribed(found.methods);
      }
      const { operation } = found;
      const faults = checkParameters(operation, { params: found.params, query, headers });
      const rule = body.length === 0 ? undefined : ruleOf(operation, exchange, faults);
      if (body.length === 0 && operation.requiresBody) faults.push(MISSING);
      if (!rule || rule.kind === 'unread') {
        if (faults.length > 0) throw refuse(faults);
        return next(exchange);
      }
      return readThenGo(exchange, next, { operation, rule, faults, maxBodyBytes, refuse });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error('a request that cannot be checked');
      exchange.body.discard(error);
      return Promise.reject(error);
    }
  };
}

const MISSING: Fault = { in: 'body', pointer: '', detail: 'is required' };

/** `undefined` where any body may come, or where one comes that may not: then that is among the faults. */
function ruleOf(operation: Operation, { method, headers }: Exchange, faults: Fault[]): BodyRule | undefined {
  if (operation.takesAnyBody) return undefined;
  if (!operation.bodies) faults.push({ in: 'body', pointer: '', detail: 'no body is taken here' });
  return bodyRule(operation, method, headers);
}

interface Reading {
  readonly operation: Operation;
  readonly rule: BodyRule;
  readonly faults: readonly Fault[];
  readonly maxBodyBytes: number;
  readonly refuse: (faults: readonly Fault[]) => FrontdeskError;
}

async function readThenGo(exchange: Exchange, next: Handler, reading: Reading): Promise<Reply> {
  const { operation, rule, maxBodyBytes, refuse } = reading;
  const bytes = await read(exchange, maxBodyBytes);
  exchange.body = new WholeBody(bytes);
  let verdict: ReturnType<typeof checkBody>;
  if (bytes.length === 0) verdict = operation.requiresBody ? [MISSING] : [];
  else verdict = checkBody(rule, bytes);
  if (verdict === 'other encoding') {
    throw unsupported(
      operation.bodies ?? [],
      exchange.method,
      'a body that is not UTF-8, or begins with a byte-order mark',
    );
  }
  const faults = [...reading.faults, ...verdict];
  if (faults.length > 0) throw refuse(faults);
  return next(exchange);
}

/** The whole body; what cancels the exchange ends the reading. */
async function read({ body, cancellation }: Exchange, maxBytes: number): Promise<Uint8Array> {
  const cancelled = Promise.withResolvers<never>();
  let flow: Flow | undefined;
  const stop = cancellation.onCancel((reason) => {
    flow?.cancel(reason);
    cancelled.reject(reason);
  });
  try {
    return await Promise.race([collected(body, maxBytes, (reins) => (flow = reins)), cancelled.promise]);
  } finally {
    stop();
  }
}

function collected(body: Body, maxBytes: number, onFlow: (flow: Flow) => void): Promise<Uint8Array> {
  const tooLarge = (max: number): FrontdeskError =>
    new FrontdeskError('payload_too_large', { members: { maxBytes: max } });
  return collect(body, maxBytes, tooLarge, onFlow);
}

function undescribed(methods: readonly string[] | undefined): FrontdeskError {
  if (!methods) return new FrontdeskError('not_found', { detail: 'the path is not described' });
  const allow = methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods;
  return new FrontdeskError('method_not_allowed', {
    detail: 'the method is not described for this path',
    headers: [['allow', allow.join(', ')]],
  });
}

function invalid(faults: readonly Fault[]): FrontdeskError {
  return new FrontdeskError('invalid_request', {
    detail: faults
      .map(({ in: where, parameter = '', pointer }) => `${where} ${parameter}${pointer}`)
      .join(', '),
    members: { errors: faults.slice(0, MAX_FAULTS) },
  });
}

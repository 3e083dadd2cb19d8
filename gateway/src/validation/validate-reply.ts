/**
 * The step that holds replies to a description: JSON alone, up to a size. With `log` a reply streams on as it comes and is
 * looked at when it is over; with `enforce` it is read whole first, and one that is not as described is 502.
 */
import { type Body, collect, type Flow, type Sink, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Middleware, Reply } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { askReadable, isEncoded } from '../wire/coding/body-format.ts';
import { isJsonType, parseMediaType } from '../wire/media-type.ts';
import type { Check } from './compile.ts';
import type { Description } from './description.ts';
import type { Fault } from './faults.ts';
import { readJson } from './json-body.ts';
import { type ReplyRule, ruleFor } from './operation.ts';

export interface ValidateReplyOptions {
  readonly description: Description;
  readonly pathOf: (exchange: Exchange) => string;
  readonly mode: 'log' | 'enforce';
  readonly maxBytes: number;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly label: string;
}

const STATUS = { in: 'body', pointer: '', detail: 'has a status or a type that is not described' } as const;
const UNREADABLE = {
  in: 'body',
  pointer: '',
  detail: 'is coded or too large to be held to its description',
} as const;

export function validateReply(options: ValidateReplyOptions): Middleware {
  const { description, pathOf, mode, maxBytes, logger, label } = options;
  const count = options.meter.counter({
    name: 'frontdesk_invalid_replies_total',
    help: 'Replies of backends that were not as their description says, by route; enforced ones became 502',
    labels: ['route', 'mode'],
  });
  const skip = options.meter.counter({
    name: 'frontdesk_unchecked_replies_total',
    help: 'Replies that went by unread though they are described: coded, or past validate.maxResponse; by route',
    labels: ['route'],
  });
  const report = ({ id }: Exchange, status: number, faults: readonly Fault[]): void => {
    count(1, label, mode);
    const places = faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
    logger.debug({ requestId: id, route: label, status, faults: places }, 'a reply is not as described');
  };
  return async (exchange, next) => {
    const found = description.find(exchange.method, pathOf(exchange), exchange.route?.params ?? {});
    const replies = 'operation' in found ? found.operation.replies : undefined;
    if (!replies) return next(exchange);
    askReadable(exchange.headers);
    const reply = await next(exchange);
    if (reply.upgrade || reply.status === 304) return reply;
    const fail = (faults: readonly Fault[]): void => report(exchange, reply.status, faults);
    const check = checkOf(replies, reply, exchange.method);
    if (check === 'undescribed') {
      if (mode === 'enforce') refuse(reply, fail, [STATUS]);
      fail([STATUS]);
      return reply;
    }
    if (!check) return reply;
    if (isEncoded(reply.headers) || (reply.body.length ?? 0) > maxBytes) {
      if (mode === 'enforce') refuse(reply, fail, [UNREADABLE]);
      skip(1, label);
      return reply;
    }
    if (mode === 'log') {
      reply.body = new WatchedBody(reply.body, maxBytes, (bytes) => {
        const faults = bytes ? faultsOf(check, bytes) : [];
        if (!bytes) skip(1, label);
        if (faults.length > 0) fail(faults);
      });
      return reply;
    }
    const bytes = await collect(reply.body, maxBytes, tooLarge);
    reply.body = new WholeBody(bytes);
    const faults = faultsOf(check, bytes);
    return faults.length === 0 ? reply : refuse(reply, fail, faults);
  };
}

function refuse(reply: Reply, fail: (faults: readonly Fault[]) => void, faults: readonly Fault[]): never {
  fail(faults);
  const [first] = faults;
  const error = new FrontdeskError('upstream_invalid', {
    detail: `the reply is not as described: ${first?.pointer ?? ''} ${first?.detail ?? ''}`,
  });
  reply.body.discard(error);
  throw error;
}

function tooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('upstream_too_large', {
    detail: `a reply past ${maxBytes} bytes cannot be held to its description`,
  });
}

/** `undefined` for what need not be read. */
function checkOf(
  replies: ReadonlyMap<string, ReplyRule>,
  { status, headers, body }: Reply,
  method: string,
): Check | 'undescribed' | undefined {
  const rule =
    replies.get(String(status)) ?? replies.get(`${Math.trunc(status / 100)}XX`) ?? replies.get('DEFAULT');
  if (!rule) return 'undescribed';
  if (method === 'HEAD' || body.length === 0 || rule.contents.length === 0) return undefined;
  const type = typeOf(headers);
  const content = type === undefined ? undefined : ruleFor(rule.contents, type);
  if (!content || type === undefined) return 'undescribed';
  return isJsonType(type) ? content.check : undefined;
}

function typeOf(headers: HeaderFields): string | undefined {
  return parseMediaType(headers.get('content-type') ?? '')?.essence;
}

function faultsOf(check: Check, bytes: Uint8Array): readonly Fault[] {
  const reading = readJson(bytes);
  if ('wrong' in reading) return [{ in: 'body', pointer: '', detail: reading.wrong }];
  return check(reading.value, bytes.length, { in: 'body' }) ?? [];
}

/** A body that goes by, its bytes kept until it is over, if they are not too many. */
class WatchedBody implements Body {
  readonly length: number | undefined;
  readonly replayable = false;
  readonly #body: Body;
  readonly #maxBytes: number;
  /** Gets `undefined` where they were too many. */
  readonly #whole: (bytes: Uint8Array | undefined) => void;

  constructor(body: Body, maxBytes: number, whole: (bytes: Uint8Array | undefined) => void) {
    this.#body = body;
    this.#maxBytes = maxBytes;
    this.#whole = whole;
    this.length = body.length;
  }

  start(sink: Sink): Flow {
    let kept: Uint8Array[] = [];
    let size = 0;
    return this.#body.start({
      write: (chunk) => {
        size += chunk.length;
        // A source may use its buffer again.
        if (size <= this.#maxBytes) kept.push(chunk.slice());
        else kept = [];
        return sink.write(chunk);
      },
      end: (trailers) => {
        sink.end(trailers);
        if (size > this.#maxBytes) this.#whole(undefined);
        else if (size > 0) this.#whole(Buffer.concat(kept, size));
      },
      fail: (error) => sink.fail(error),
    });
  }

  discard(reason: Error): void {
    this.#body.discard(reason);
  }
}

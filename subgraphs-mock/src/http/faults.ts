/**
 * Faults on request. A service holds a list of rules; the first rule that fits a request decides what goes wrong
 * with it. Chance is seeded: the same rules see the same requests fail.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SeededRandom } from '../data/random.ts';
import { Problem, problemAnswer, writeAnswer } from './problem.ts';
import { isRecord } from './request-body.ts';

export interface FaultRule {
  /** Which requests: this exact path, or with `*` at its end every path that begins so. All where left out. */
  readonly path?: string;
  readonly method?: string;
  /** How many fitting requests the rule takes before it is spent. */
  readonly count?: number;
  /** Chance from 0 to 1 with which a fitting request is taken at all. 1 where left out. */
  readonly rate?: number;
  /** Delay before the request is handled, and up to how much more by chance. */
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  /** Chance of an error instead of an answer: 1 where `status`, `grpcStatus` or `body` is given, else 0. */
  readonly errorRate?: number;
  /** Status of that error, 500 where left out, and its `Retry-After` in seconds. */
  readonly status?: number;
  /** Status of that error where the call is gRPC: 14 (UNAVAILABLE) where left out. */
  readonly grpcStatus?: number;
  readonly retryAfterS?: number;
  /** The text to answer with in place of the problem document. */
  readonly body?: string;
  /** Never answer. */
  readonly hang?: boolean;
  /** Reset the connection before any byte of an answer. */
  readonly reset?: boolean;
  /** Send the head and half of the body, then reset the connection. */
  readonly resetMidBody?: boolean;
  /** Promise the whole body, send half of it, and close the connection in good order. */
  readonly truncate?: boolean;
  /** Wait between the head and the body. */
  readonly bodyDelayMs?: number;
  /** Claim this content type. */
  readonly contentType?: string;
}

type Check = readonly [expected: string, holds: (value: unknown) => boolean];
const isNumber = (low: number, high: number) => (value: unknown) =>
  typeof value === 'number' && value >= low && value <= high;
const TEXT: Check = ['a text', (value) => typeof value === 'string'];
const FLAG: Check = ['true or false', (value) => typeof value === 'boolean'];
const CHANCE: Check = ['a number from 0 to 1', isNumber(0, 1)];
const DURATION: Check = ['milliseconds, up to ten minutes', isNumber(0, 600_000)];

const CHECKS: Readonly<Record<keyof FaultRule, Check>> = {
  path: ['a path', (value) => typeof value === 'string' && value.startsWith('/')],
  method: TEXT,
  count: ['a whole number from 1', (value) => Number.isInteger(value) && Number(value) >= 1],
  rate: CHANCE,
  latencyMs: DURATION,
  jitterMs: DURATION,
  errorRate: CHANCE,
  status: ['a status from 200 to 599', (value) => Number.isInteger(value) && isNumber(200, 599)(value)],
  grpcStatus: ['a status from 1 to 16', (value) => Number.isInteger(value) && isNumber(1, 16)(value)],
  retryAfterS: ['seconds', isNumber(0, 86_400)],
  body: TEXT,
  hang: FLAG,
  reset: FLAG,
  resetMidBody: FLAG,
  truncate: FLAG,
  bodyDelayMs: DURATION,
  contentType: TEXT,
};
const MAX_RULES = 32;

function isCheckedKey(key: string): key is keyof FaultRule {
  return Object.hasOwn(CHECKS, key);
}

function isFaultRule(value: unknown): value is FaultRule {
  if (!isRecord(value)) throw new Problem(422, 'a fault rule is an object');
  for (const [key, member] of Object.entries(value)) {
    if (!isCheckedKey(key)) {
      throw new Problem(422, `no fault is called '${key}'; known: ${Object.keys(CHECKS).join(', ')}`);
    }
    const [expected, holds] = CHECKS[key];
    if (!holds(member)) throw new Problem(422, `'${key}' must be ${expected}`);
  }
  return true;
}

/** One rule or a list of them, as `POST /__faults` takes it. Throws a `Problem` that names what is wrong. */
export function parseFaultRules(body: unknown): FaultRule[] {
  const list: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (list.length > MAX_RULES) throw new Problem(422, `there are at most ${MAX_RULES} rules`);
  return list.filter(isFaultRule);
}

interface ActiveRule {
  readonly rule: FaultRule;
  left: number;
}

export class Faults {
  #active: ActiveRule[] = [];
  #random = new SeededRandom(1);

  /** Puts these rules in the place of all that were. */
  set(rules: readonly FaultRule[]): void {
    this.#active = rules.map((rule) => ({ rule, left: rule.count ?? Number.POSITIVE_INFINITY }));
    this.#random = new SeededRandom(1);
  }

  /** The rules that still have something to do. */
  list(): readonly FaultRule[] {
    return this.#active.filter(({ left }) => left > 0).map(({ rule }) => rule);
  }

  /** The rule that this request is subject to, if any; counts it as taken. */
  take(method: string, path: string): FaultRule | undefined {
    for (const active of this.#active) {
      const { rule } = active;
      if (active.left <= 0 || (rule.method !== undefined && rule.method !== method)) continue;
      if (rule.path !== undefined && !fitsPath(rule.path, path)) continue;
      if (rule.rate !== undefined && this.#random.next() >= rule.rate) continue;
      active.left--;
      return rule;
    }
    return undefined;
  }

  /**
   * Makes happen what the rule says. Resolves true where the request shall still be handled; what shall go
   * wrong with its answer is then prepared on the response.
   */
  async inflict(rule: FaultRule, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const delayMs = this.delayOf(rule);
    if (delayMs > 0 && !(await pause(delayMs, response))) return false;
    if (rule.hang) return false;
    if (rule.reset) {
      request.socket.resetAndDestroy();
      return false;
    }
    if (rule.resetMidBody || rule.truncate || rule.bodyDelayMs || rule.contentType !== undefined) {
      spoil(rule, response);
    }
    if (!this.fails(rule)) return true;
    answerWithError(rule, response);
    return false;
  }

  /** How long the rule holds this request back. */
  delayOf({ latencyMs = 0, jitterMs = 0 }: FaultRule): number {
    return latencyMs + jitterMs * this.#random.next();
  }

  /** Whether this request gets an error by the rule's chance. */
  fails({ errorRate, status, grpcStatus, body }: FaultRule): boolean {
    const isError = status !== undefined || grpcStatus !== undefined || body !== undefined;
    const rate = errorRate ?? (isError ? 1 : 0);
    return rate > 0 && this.#random.next() < rate;
  }
}

function fitsPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

function answerWithError(rule: FaultRule, response: ServerResponse): void {
  const headers = rule.retryAfterS === undefined ? {} : { 'retry-after': String(rule.retryAfterS) };
  if (rule.body === undefined) {
    writeAnswer(response, problemAnswer(rule.status ?? 500, 'injected fault', headers));
    return;
  }
  response.statusCode = rule.status ?? 500;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', Buffer.byteLength(rule.body));
  response.end(rule.body);
}

/** Waits; resolves false as soon as the connection is gone. */
function pause(ms: number, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      response.off('close', gone);
      resolve(true);
    }, ms);
    response.once('close', gone);
  });
}

/** Time for the half that was sent to arrive before the reset overtakes it. */
const RESET_AFTER_MS = 20;

/** Holds the handler's body back until it is whole, then sends it as the rule wants it sent. */
function spoil(rule: FaultRule, response: ServerResponse): void {
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const chunks: Uint8Array[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(chunk);
  };
  response.write = (chunk: unknown) => {
    keep(chunk);
    return true;
  };
  response.end = (chunk?: unknown) => {
    keep(chunk);
    response.write = write;
    response.end = end;
    void sendSpoilt(rule, response, Buffer.concat(chunks));
    return response;
  };
}

async function sendSpoilt(rule: FaultRule, response: ServerResponse, body: Buffer): Promise<void> {
  if (rule.contentType !== undefined) response.setHeader('content-type', rule.contentType);
  response.setHeader('content-length', body.byteLength);
  if (rule.bodyDelayMs) {
    response.flushHeaders();
    if (!(await pause(rule.bodyDelayMs, response))) return;
  }
  const { socket } = response;
  if (!rule.resetMidBody && !rule.truncate) {
    response.end(body);
  } else {
    response.write(body.subarray(0, Math.ceil(body.byteLength / 2)), () => {
      if (rule.truncate) socket?.end();
      // A turn of the event loop too, for a client that lives in this very process.
      else setImmediate(setTimeout, () => socket?.resetAndDestroy(), RESET_AFTER_MS);
    });
  }
}

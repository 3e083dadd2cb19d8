/** A fault on request: which requests it fits and what goes wrong with them, as `POST /__faults` takes it. */
import { Problem } from './problem.ts';
import { isRecord } from './request-body.ts';

export interface FaultRule {
  /** Which requests: this exact path, or with `*` at its end every path that begins so. All where left out. */
  readonly path?: string;
  readonly method?: string;
  /** A text that the request's body holds, such as a field of a GraphQL operation. Not for gRPC, nor for streams. */
  readonly contains?: string;
  /** How many fitting requests pass before the rule takes the first. */
  readonly skip?: number;
  /** How many fitting requests the rule takes before it is spent. */
  readonly count?: number;
  /** Chance from 0 to 1 with which a fitting request is taken at all. 1 where left out. */
  readonly rate?: number;
  /** Whether the work is done first: then what goes wrong befalls its answer, as when a reply is lost. */
  readonly after?: boolean;
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
  contains: ['a text', (value) => typeof value === 'string' && value !== ''],
  skip: ['a whole number from 0', (value) => Number.isInteger(value) && Number(value) >= 0],
  count: ['a whole number from 1', (value) => Number.isInteger(value) && Number(value) >= 1],
  rate: CHANCE,
  after: FLAG,
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

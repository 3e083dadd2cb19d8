/**
 * Idempotency keys, in the manner of the IETF draft `idempotency-key-header`: a key with the same request gives
 * the first answer again, a key with another request is refused with 422. A key can be closed, so that a request that is
 * still under way does nothing when it comes. Bounded: the oldest key goes first.
 */
import { type Answer, Problem } from '../http/problem.ts';
import { isRecord } from '../http/request-body.ts';
import type { RestRequest } from '../http/rest.ts';

const MAX_KEYS = 10_000;
const MAX_KEY_LENGTH = 255;

interface Remembered {
  readonly request: string;
  readonly answer: Answer;
}

export class IdempotencyKeys {
  readonly #answers = new Map<string, Remembered>();
  readonly #closed = new Set<string>();
  readonly #max: number;

  constructor(max = MAX_KEYS) {
    this.#max = max;
  }

  /** How many keys were closed. */
  get closed(): number {
    return this.#closed.size;
  }

  /** Refuses every later request with this key. */
  close(key: string): void {
    this.#answers.delete(key);
    this.#closed.delete(key);
    makeRoom(this.#closed, this.#max);
    this.#closed.add(key);
  }

  /**
   * Does the work once for each key. `scope` tells one endpoint's requests from another's. A refusal (a thrown
   * `Problem`) is not remembered, so that a corrected request may use the key again.
   */
  once(request: RestRequest, scope: string, body: unknown, work: () => Answer): Answer {
    const key = keyOf(request);
    if (key === undefined) return work();
    if (this.#closed.has(key))
      throw new Problem(409, 'the idempotency key is closed: what it asked for was undone');
    const asked = `${scope} ${canonical(body)}`;
    const before = this.#answers.get(key);
    if (before && before.request !== asked) {
      throw new Problem(422, 'the idempotency key was used with another request');
    }
    if (before)
      return { ...before.answer, headers: { ...before.answer.headers, 'idempotent-replayed': 'true' } };
    const answer = work();
    makeRoom(this.#answers, this.#max);
    this.#answers.set(key, { request: asked, answer });
    return answer;
  }
}

/** The request's key, undefined where it has none. */
export function keyOf({ headers }: RestRequest): string | undefined {
  const key = headers['idempotency-key'];
  return key === undefined ? undefined : checked(key);
}

/** The key of a request that must have one. */
export function requiredKey(request: RestRequest): string {
  const key = keyOf(request);
  if (key === undefined) throw new Problem(400, "an 'Idempotency-Key' is required");
  return key;
}

/** The key that is to be closed: `{"key": "…"}`. */
export function keyToClose(body: unknown): string {
  const key = isRecord(body) ? body.key : undefined;
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY_LENGTH) {
    throw new Problem(422, `'key' must be an idempotency key of 1 to ${MAX_KEY_LENGTH} characters`);
  }
  return key;
}

function checked(key: unknown): string {
  if (typeof key === 'string' && key !== '' && key.length <= MAX_KEY_LENGTH) return key;
  throw new Problem(400, `an idempotency key has from 1 to ${MAX_KEY_LENGTH} characters`);
}

function makeRoom(
  keys: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  max: number,
) {
  while (keys.size >= max) {
    const { value, done } = keys.keys().next();
    if (done) return;
    keys.delete(value);
  }
}

/** A value as text, the same whatever the order of members was. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, member: unknown) =>
      isRecord(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ''
  );
}

/**
 * Idempotency keys, in the manner of the IETF draft `idempotency-key-header`: a key with the same request gives
 * the first answer again, a key with another request is refused with 422. Bounded: the oldest key goes first.
 */
import { type Answer, Problem } from '../http/problem.ts';
import type { RestRequest } from '../http/rest.ts';

const MAX_KEYS = 10_000;
const MAX_KEY_LENGTH = 255;

interface Remembered {
  readonly request: string;
  readonly answer: Answer;
}

export class IdempotencyKeys {
  readonly #answers = new Map<string, Remembered>();

  /**
   * Does the work once for each key. `scope` tells one endpoint's requests from another's. A refusal (a thrown
   * `Problem`) is not remembered, so that a corrected request may use the key again.
   */
  once(request: RestRequest, scope: string, body: unknown, work: () => Answer): Answer {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return work();
    if (typeof key !== 'string' || key === '' || key.length > MAX_KEY_LENGTH) {
      throw new Problem(400, `an idempotency key has from 1 to ${MAX_KEY_LENGTH} characters`);
    }
    const asked = `${scope} ${JSON.stringify(body)}`;
    const before = this.#answers.get(key);
    if (before && before.request !== asked) {
      throw new Problem(422, 'the idempotency key was used with another request');
    }
    if (before)
      return { ...before.answer, headers: { ...before.answer.headers, 'idempotent-replayed': 'true' } };
    const answer = work();
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size < MAX_KEYS) break;
      this.#answers.delete(oldest);
    }
    this.#answers.set(key, { request: asked, answer });
    return answer;
  }
}

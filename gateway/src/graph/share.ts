/**
 * Identical queries in flight are executed once, for all who ask. Identical is what could make a difference to any
 * subgraph or to the answer: the compiled operation (and with it the document, its conditions, what its caller may have,
 * and the generation of the graph), the variables, the identity, the forwarded fields, and where the client stands. Each
 * is charged on its own before it comes here. Mutations and streams never come here, and a mutation ends joining.
 */
import type { Clock } from '../core/clock.ts';
import type { CallContext } from '../core/exchange.ts';
import { Flight } from '../core/flight.ts';
import type { Identity } from '../core/identity.ts';
import type { GraphText } from './request.ts';

/** What an answer depends on. */
export interface Question {
  /** The operation as it was compiled: compared by identity. */
  readonly compiled: object;
  /** Coerced. */
  readonly variables: unknown;
  readonly forwarded: readonly string[];
}

/** Keys longer than this are not made: such a query is executed on its own. */
const MAX_KEY = 65_536;

export class SharedAnswers {
  readonly #clock: Clock;
  readonly #flights = new Map<string, AnswerFlight>();
  readonly #numbers = new WeakMap<object, number>();
  #operations = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Executes a query by `work`, or waits for one like it. `work` is given the context of all who will have joined. */
  async answer(
    context: CallContext,
    question: Question,
    work: (context: CallContext) => Promise<GraphText>,
  ): Promise<GraphText> {
    const key = this.#keyOf(context, question);
    if (key.length > MAX_KEY || context.cancellation.cancelled) return work(context);
    const known = this.#flights.get(key);
    if (known) {
      const answer = await known.join(context).result;
      // A cookie is for one alone.
      return hasCookie(answer) ? work(context) : answer;
    }
    const flight = new AnswerFlight(this.#flights, key);
    this.#flights.set(key, flight);
    const { result } = flight.join(context);
    work(flight.contextFor(context, this.#clock)).then(
      (answer) => flight.finish(answer),
      (error: unknown) => flight.fail(error),
    );
    return result;
  }

  /** Something was written: whoever reads from now on must not get what was read before. */
  endJoining(): void {
    this.#flights.clear();
  }

  #keyOf({ identity, client, host }: CallContext, { compiled, variables, forwarded }: Question): string {
    let number = this.#numbers.get(compiled);
    if (number === undefined) {
      number = this.#operations;
      this.#operations += 1;
      this.#numbers.set(compiled, number);
    }
    const where = [client?.address, client?.scheme, host];
    return JSON.stringify([number, variables, forwarded, where, identity ? identityKey(identity) : null]);
  }
}

function identityKey({ subject, consumer, tenant, plan, scopes, roles, scheme, claims }: Identity): unknown {
  return [subject, consumer, tenant, plan, [...scopes], roles, scheme, claims];
}

function hasCookie({ headers }: GraphText): boolean {
  for (let i = 0; i < (headers?.length ?? 0); i += 2) if (headers?.[i] === 'set-cookie') return true;
  return false;
}

class AnswerFlight extends Flight<GraphText> {
  readonly #flights: Map<string, AnswerFlight>;
  readonly #key: string;

  constructor(flights: Map<string, AnswerFlight>, key: string) {
    super();
    this.#flights = flights;
    this.#key = key;
  }

  protected override over(): void {
    if (this.#flights.get(this.#key) === this) this.#flights.delete(this.#key);
  }
}

/**
 * The one shape of work in Frontdesk: a step takes an input and the rest of the chain, and answers for both.
 * What faces clients (`Middleware`) and what faces upstreams (`Policy`) are two instances of it.
 */

/** The rest of the chain. It may be called again (retry does), and each call runs the whole rest anew. */
export type Next<In, Out> = (input: In) => Promise<Out>;

/**
 * One link of a chain. Its promise resolves when the *head* of the answer is known; the body streams after
 * it. What must be held until the last byte is let go on the answer's `settled`, never on return.
 */
export type Step<In, Out> = (input: In, next: Next<In, Out>) => Promise<Out>;

/**
 * Folds an ordered list of steps onto `last`. Composed once when a configuration is built: a request pays
 * for one closure call a step and for nothing else.
 */
export function compose<In, Out>(steps: readonly Step<In, Out>[], last: Next<In, Out>): Next<In, Out> {
  return steps.reduceRight<Next<In, Out>>((next, step) => (input) => step(input, next), last);
}

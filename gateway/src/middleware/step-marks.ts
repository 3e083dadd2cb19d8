/**
 * Where requests are traced: says when the steps begin that matter in a trace, and when they are over. A mark is a step of its
 * own that costs a look at the clock; without traces there are none.
 */
import type { Exchange, Middleware, Reply } from '../core/exchange.ts';
import type { OrderedStep } from '../core/placed-steps.ts';

type Step = OrderedStep<Exchange, Reply>;

/** What takes time of its own, waits for somebody or refuses. */
const MARKED: ReadonlySet<string> = new Set([
  'globalLimit',
  'login',
  'authenticate',
  'policies',
  'consumerLimit',
  'validate',
]);

/** The same steps with marks; those of teams are marked too. */
export function withMarks(order: readonly Step[]): Step[] {
  const marked: Step[] = [];
  let isOpen = false;
  for (const step of order) {
    const isMarked = step.isPlugin || MARKED.has(step.name);
    if (isMarked) marked.push(mark(step.name));
    else if (isOpen) marked.push(mark(''));
    isOpen = isMarked;
    marked.push(step);
  }
  if (isOpen) marked.push(mark(''));
  return marked;
}

function mark(name: string): Step {
  const step: Middleware = (exchange, next) => {
    exchange.timeline.recorder?.step(name);
    return next(exchange);
  };
  return { name: 'mark', step, isPlugin: false };
}

/** Who answers what operators ask of several workers, and how one answer is made of theirs. */

/**
 * `each`: every worker, shown side by side. `any`: one, since all have or reach the same (what they share is in the primary or
 * in Redis). `all`: every worker does it, the counts are added up.
 */
export type AdminRule = 'each' | 'any' | 'all';

/** What each worker has of its own. */
const EACH = ['/admin/upstreams', '/admin/discovery', '/admin/supergraph', '/admin/splits', '/admin/bffs'];

export function adminRule(method: string, path: string): AdminRule {
  const isReading = method === 'GET' || method === 'HEAD';
  const isOf = (place: string): boolean => path === place || path.startsWith(`${place}/`);
  if (isOf('/admin/bffs') && !isReading) return 'all';
  return isReading && EACH.some(isOf) ? 'each' : 'any';
}

/** One worker's answer to an operator. */
export interface WorkerAnswer {
  readonly worker: number;
  readonly status: number;
  /** JSON; `undefined` where it sent none. */
  readonly value: unknown;
}

const OK_FROM = 200;
const OK_BELOW = 300;

function isOk({ status }: WorkerAnswer): boolean {
  return status >= OK_FROM && status < OK_BELOW;
}

/** The worse of two answers is the one that a person must hear of. */
export function firstRefusal(answers: readonly WorkerAnswer[]): WorkerAnswer | undefined {
  return answers.find((answer) => !isOk(answer));
}

/** By number. One that did not answer well has what it said in its place. */
export function sideBySide(answers: readonly WorkerAnswer[]): object {
  return { workers: Object.fromEntries(answers.map(({ worker, value }) => [worker, value ?? null])) };
}

/** Numbers are added up, and so are those within; of anything else the first worker's holds. */
export function addedUp(values: readonly unknown[]): unknown {
  const [first] = values;
  if (typeof first === 'number') {
    return values.reduce<number>((sum, value) => sum + (typeof value === 'number' ? value : 0), 0);
  }
  if (typeof first !== 'object' || first === null || Array.isArray(first)) return first;
  const rest = values.filter((value): value is object => typeof value === 'object' && value !== null);
  return Object.fromEntries(
    Object.keys(first).map((key) => [key, addedUp(rest.map((value) => memberOf(value, key)))]),
  );
}

function memberOf(value: object, key: string): unknown {
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

/**
 * The fields of subgraph replies that an answer carries on. One collector goes with each execution, and only where the
 * configuration names fields; replies are taken in the order of their arrival.
 */
import type { HeaderFields } from '../../core/headers.ts';
import { CacheControl } from './cache-control.ts';
import type { GraphHeadersConfig } from './config.ts';

type Take = 'first' | 'last' | 'append' | 'strictest';

interface CompiledRule {
  readonly name: string;
  readonly take: Take;
  readonly from: ReadonlySet<string> | undefined;
}

export type ResponseRules = readonly CompiledRule[];

/** `undefined` where nothing comes back. */
export function responseRules({ response }: GraphHeadersConfig): ResponseRules | undefined {
  if (response.length === 0) return undefined;
  return response.map(({ name, take, from }) => ({
    name,
    take: take ?? defaultTake(name),
    from: from && new Set(from),
  }));
}

function defaultTake(name: string): Take {
  if (name === 'cache-control') return 'strictest';
  return name === 'set-cookie' ? 'append' : 'first';
}

/** Fields and values of one answer are bounded: a plan may make many fetches. */
const MAX_FIELDS = 64;
const MAX_BYTES = 16_384;

export class ResponseFields {
  readonly #rules: ResponseRules;
  readonly #values = new Map<string, string[]>();
  readonly #cache: CacheControl | undefined;
  #bytes = 0;
  #fields = 0;

  constructor(rules: ResponseRules) {
    this.#rules = rules;
    this.#cache = rules.some(({ take }) => take === 'strictest') ? new CacheControl() : undefined;
  }

  /** A subgraph answered. */
  add(subgraph: string, headers: HeaderFields): void {
    for (const { name, take, from } of this.#rules) {
      if (from && !from.has(subgraph)) continue;
      const values = headers.getAll(name);
      if (take === 'strictest') this.#cache?.add(values, ageOf(headers));
      else if (values.length > 0) this.#take(name, take, values);
    }
  }

  /** The answer is not whole, or it is that of a mutation: no cache may keep it. */
  forbidCaching(): void {
    this.#cache?.forbid();
  }

  /** The answer depends on who asked. */
  makePrivate(): void {
    this.#cache?.makePrivate();
  }

  /** Alternating names and values. */
  fields(): string[] {
    const fields: string[] = [];
    if (this.#cache) fields.push('cache-control', this.#cache.toString());
    for (const [name, values] of this.#values) for (const value of values) fields.push(name, value);
    return fields;
  }

  #take(name: string, take: Take, values: readonly string[]): void {
    const known = this.#values.get(name);
    if (known && take === 'first') return;
    if (known && take === 'last') this.#drop(name, known);
    const kept = take === 'append' && known ? known : [];
    this.#values.set(name, kept);
    for (const value of values) {
      if (this.#fields === MAX_FIELDS || this.#bytes + value.length > MAX_BYTES) return;
      this.#fields += 1;
      this.#bytes += value.length;
      kept.push(value);
    }
  }

  #drop(name: string, values: readonly string[]): void {
    this.#fields -= values.length;
    for (const value of values) this.#bytes -= value.length;
    this.#values.delete(name);
  }
}

/** A collector for one execution. A `guarded` answer depends on who asked, whatever subgraphs know of that. */
export function replyFieldsOf(rules: ResponseRules, kind: string, guarded: boolean): ResponseFields {
  const fields = new ResponseFields(rules);
  if (kind !== 'query') fields.forbidCaching();
  if (guarded) fields.makePrivate();
  return fields;
}

function ageOf(headers: HeaderFields): number {
  const age = Number(headers.get('age') ?? 0);
  return Number.isSafeInteger(age) && age > 0 ? age : 0;
}

/**
 * An answer in several payloads, in the form that Apollo's clients and others speak (`deferSpec=20220824`): first
 * `{data, hasNext}`, then `{incremental: [{data, path, label?, errors?}], hasNext}`. A null that may not be goes no
 * further than its own payload's `data`; what stands at a place that the client was not given is not sent.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { DeferStep } from '../document/defer.ts';
import { type DataObject, getOwn, isDataObject } from '../execute/data.ts';
import type { Deferral } from '../execute/defer.ts';
import type { PathKey } from '../execute/failure.ts';
import type { WriteText } from './compile-text.ts';
import { formatLoose, type GraphError, type ProjectOptions, project } from './project.ts';
import type { SelectionShape } from './shape.ts';

/** A deferred fragment, compiled. */
export interface DeferredShape {
  /** What planner and execution call it. */
  readonly name: string;
  /** What the client calls it. */
  readonly label: string | undefined;
  /** From the payload that it follows. */
  readonly path: readonly DeferStep[];
  readonly types: ReadonlySet<string> | undefined;
  readonly shape: SelectionShape;
  /** Compiled on first use. */
  writeText(): WriteText;
  /** What follows it in turn. */
  readonly children: readonly DeferredShape[];
}

/** An object of the answer, as it was sent. */
interface Place {
  readonly path: readonly PathKey[];
  /** In the merged data. */
  readonly raw: DataObject;
  /** As completed; `undefined` where completion changed nothing. */
  readonly completed: DataObject | undefined;
}

interface Waiting {
  readonly part: DeferredShape;
  readonly places: readonly Place[];
}

export interface FirstPayload {
  /** The members of the response's object, without braces. */
  readonly members: string;
  readonly data: DataObject;
  /** The data as it was completed; `undefined` where completion changed nothing, null where nothing was left. */
  readonly completed: DataObject | null | undefined;
}

/** The payloads; `undefined` where nothing follows the first, which then is the whole answer. */
export function incrementalPayloads(
  first: FirstPayload,
  parts: readonly DeferredShape[],
  deferral: Deferral,
  options: ProjectOptions,
): AsyncIterableIterator<string> | undefined {
  const { completed } = first;
  const waiting = completed === null ? [] : followers(parts, { path: [], raw: first.data, completed });
  if (waiting.length > 0) return new Payloads(first.members, waiting, deferral, options);
  deferral.end();
  return undefined;
}

class Payloads implements AsyncIterableIterator<string> {
  #first: string | undefined;
  #waiting: readonly Waiting[];
  readonly #deferral: Deferral;
  readonly #options: ProjectOptions;
  readonly #returned = Promise.withResolvers<void>();
  #ended = false;

  constructor(first: string, waiting: readonly Waiting[], deferral: Deferral, options: ProjectOptions) {
    this.#first = `{${first},"hasNext":true}`;
    this.#waiting = waiting;
    this.#deferral = deferral;
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<string>> {
    const first = this.#first;
    if (first !== undefined && !this.#ended) {
      this.#first = undefined;
      return { done: false, value: first };
    }
    if (this.#waiting.length === 0 || this.#ended) return this.#end();
    const parts = this.#waiting.map(({ part }) => this.#deferral.done(part.name));
    await Promise.race([...parts, this.#returned.promise]);
    if (this.#ended) return this.#end();
    const entries = this.#take();
    const hasNext = this.#waiting.length > 0;
    if (!hasNext) this.#deferral.end();
    return { done: false, value: `{"incremental":[${entries.join(',')}],"hasNext":${hasNext}}` };
  }

  /** Ends all that is still on its way. */
  async return(): Promise<IteratorResult<string>> {
    return this.#end();
  }

  #end(): IteratorResult<string> {
    if (!this.#ended) {
      this.#ended = true;
      this.#waiting = [];
      this.#deferral.end(new FrontdeskError('client_closed'));
      this.#returned.resolve();
    }
    return { done: true, value: undefined };
  }

  /** The entries of all that is there, and of what follows it and is there as well. */
  #take(): string[] {
    const entries: string[] = [];
    for (;;) {
      const ready = this.#waiting.filter(({ part }) => this.#deferral.isDone(part.name));
      if (ready.length === 0) return entries;
      const next = this.#waiting.filter((waiting) => !ready.includes(waiting));
      for (const { part, places } of ready) {
        const sent = places.flatMap((place) => this.#entry(part, place, entries) ?? []);
        for (const child of part.children) {
          const found = sent.flatMap((place) => placesOf(child, place));
          if (found.length > 0) next.push({ part: child, places: found });
        }
      }
      this.#waiting = next;
    }
  }

  /** Adds one entry; gives the place as it was sent, unless nothing was left of it. */
  #entry(part: DeferredShape, { raw, path }: Place, entries: string[]): Place | undefined {
    const { run } = this.#deferral;
    const label = part.label === undefined ? '' : `"label":${JSON.stringify(part.label)},`;
    const head = `{${label}"path":${JSON.stringify(path)},"data":`;
    const text = run.failed || run.loose.length > 0 ? undefined : part.writeText()(raw, false);
    if (text !== undefined) {
      entries.push(`${head}${text}}`);
      return { path, raw, completed: undefined };
    }
    const { data, errors } = project(part.shape, raw, this.#options, path);
    this.#addLoose(errors);
    const told = errors.length > 0 ? `,"errors":${JSON.stringify(errors)}` : '';
    entries.push(`${head}${JSON.stringify(data)}${told}}`);
    return data ? { path, raw, completed: data } : undefined;
  }

  /** Errors without a place are told once, with the next payload. */
  #addLoose(errors: GraphError[]): void {
    for (const entry of this.#deferral.run.loose.splice(0)) {
      if (errors.length < this.#options.maxErrors) errors.push(formatLoose(entry, this.#options));
    }
  }
}

function followers(parts: readonly DeferredShape[], place: Place): Waiting[] {
  return parts
    .map((part) => ({ part, places: placesOf(part, place) }))
    .filter(({ places }) => places.length > 0);
}

/** Where a part stands, from the payload that it follows. */
function placesOf({ path, types }: DeferredShape, from: Place): Place[] {
  const found: Place[] = [];
  walk(from.raw, from.completed, path, 0, types, [...from.path], found);
  return found;
}

function walk(
  raw: unknown,
  completed: unknown,
  steps: readonly DeferStep[],
  index: number,
  types: ReadonlySet<string> | undefined,
  path: PathKey[],
  found: Place[],
): void {
  if (completed === null) return;
  if (Array.isArray(raw)) {
    for (let i = 0; i < raw.length; i++) {
      path.push(i);
      walk(raw[i], Array.isArray(completed) ? completed[i] : completed, steps, index, types, path, found);
      path.pop();
    }
    return;
  }
  if (!isDataObject(raw)) return;
  const step = steps[index];
  const condition = step ? step.types : types;
  if (condition && !isOf(raw, condition)) return;
  if (!step) {
    found.push({ path: path.slice(), raw, completed: isDataObject(completed) ? completed : undefined });
    return;
  }
  path.push(step.key);
  const below = isDataObject(completed) ? (getOwn(completed, step.key) ?? null) : completed;
  walk(getOwn(raw, step.source), below, steps, index + 1, types, path, found);
  path.pop();
}

function isOf(object: DataObject, types: ReadonlySet<string>): boolean {
  const typename = object.__typename;
  return typeof typename === 'string' && types.has(typename);
}

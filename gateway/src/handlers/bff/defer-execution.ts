/**
 * Executes a query with `@defer` where graphql-js knows none: its pieces (see `defer.ts`) run at once, on the same parts. The
 * first payload is what is answered at once, the others follow as they are done, each after the one that it is within; in
 * the form of `deferSpec=20220824`, which clients speak.
 */
import {
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import { type DeferredFragment, splitOperation } from './defer.ts';

/** One fragment that was put off. */
export interface DeferredResult {
  readonly data: Record<string, unknown> | null;
  readonly path: readonly string[];
  readonly label?: string;
  readonly errors?: readonly GraphQLError[];
}

export interface LaterPayload {
  readonly hasNext: boolean;
  readonly incremental?: readonly DeferredResult[];
  readonly extensions?: Record<string, unknown>;
}

export interface DeferredExecution {
  readonly initialResult: ExecutionResult & { readonly hasNext: boolean };
  readonly subsequentResults: AsyncGenerator<LaterPayload, void, void>;
}

/** `last`: what the last payload's `extensions` say. Default: nothing. */
export async function executeDeferring(
  args: ExecutionArgs,
  last: () => Record<string, unknown> | undefined = () => undefined,
): Promise<ExecutionResult | DeferredExecution> {
  const { schema, document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName);
  const { coerced } = getVariableValues(schema, operation?.variableDefinitions ?? [], variableValues ?? {});
  const split =
    coerced &&
    splitOperation({ schema, document, operationName: operationName ?? undefined, variables: coerced });
  if (!split) return execute(args);
  // All begin in this turn, so that reads of one turn are still one.
  const first = execute({ ...args, document: split.document });
  const begin = (fragment: DeferredFragment): Running => ({
    fragment,
    result: settled(() => execute({ ...args, document: fragment.document }), fragment),
    children: fragment.children.map(begin),
  });
  const running = split.deferred.map(begin);
  const result = await first;
  const live = running.filter(({ fragment }) => isThere(result.data, fragment.path));
  if (live.length === 0) return result;
  return {
    initialResult: { ...result, hasNext: true },
    subsequentResults: later(live, last),
  };
}

interface Running {
  readonly fragment: DeferredFragment;
  /** Never rejects. */
  readonly result: Promise<DeferredResult>;
  readonly children: readonly Running[];
}

async function* later(
  live: readonly Running[],
  last: () => Record<string, unknown> | undefined,
): AsyncGenerator<LaterPayload, void, void> {
  const waiting = new Set<Running>();
  const done: { readonly running: Running; readonly result: DeferredResult }[] = [];
  let wake: (() => void) | undefined;
  const wait = (running: Running): void => {
    waiting.add(running);
    void running.result.then((result) => {
      waiting.delete(running);
      done.push({ running, result });
      wake?.();
    });
  };
  for (const running of live) wait(running);
  for (;;) {
    if (done.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const ready = done.splice(0);
    for (const { running, result } of ready) {
      if (result.data === null) continue;
      for (const child of running.children) {
        if (isThere(result.data, child.fragment.path.slice(running.fragment.path.length))) wait(child);
      }
    }
    const hasNext = waiting.size > 0 || done.length > 0;
    const extensions = hasNext ? undefined : last();
    yield { hasNext, incremental: ready.map(({ result }) => result), ...(extensions && { extensions }) };
    if (!hasNext) return;
  }
}

async function settled(
  run: () => ExecutionResult | Promise<ExecutionResult>,
  { path, label }: DeferredFragment,
): Promise<DeferredResult> {
  const { data, errors } = await run();
  const found = at(data, path);
  return {
    data: isMap(found) ? found : null,
    path,
    ...(label === undefined ? {} : { label }),
    ...(errors && errors.length > 0 ? { errors } : {}),
  };
}

function at(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) value = isMap(value) ? value[key] : undefined;
  return value;
}

/** Whether there is an object to add to: below a null nothing is delivered. */
function isThere(data: unknown, path: readonly string[]): boolean {
  return isMap(at(data, path));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

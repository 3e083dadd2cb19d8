/**
 * Proof by difference: random federations, random data, random operations; the gateway's answer is that of one ordinary
 * server with the merged schema and the same data (`testing/federation-run.fixture.ts` says what equal means).
 *
 * `FRONTDESK_DIFFERENCE_FEDERATIONS` and `FRONTDESK_DIFFERENCE_OPERATIONS` say how many (of operations: for each
 * federation), `FRONTDESK_DIFFERENCE_SECONDS` how long one planner may take (a slow machine does fewer), and
 * `FRONTDESK_DIFFERENCE_SEED` repeats a run. A counterexample is printed as it can be kept in `cases/`; making it small
 * may take `FRONTDESK_DIFFERENCE_SHRINK_SECONDS`: by default both planners' are told before `npm test` ends the process.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lexicographicSortSchema, printType } from 'graphql';
import type { Federation } from './testing/federation.fixture.ts';
import {
  composeFederation,
  type PlannerName,
  type RunningFederation,
  runFederation,
} from './testing/federation-run.fixture.ts';
import { FederationArbitrary } from './testing/random-federation.fixture.ts';

const federations = Number(process.env.FRONTDESK_DIFFERENCE_FEDERATIONS ?? 8);
const operations = Number(process.env.FRONTDESK_DIFFERENCE_OPERATIONS ?? 30);
const budgetMs = Number(process.env.FRONTDESK_DIFFERENCE_SECONDS ?? 8) * 1000;
const shrinkMs = Number(process.env.FRONTDESK_DIFFERENCE_SHRINK_SECONDS ?? 35) * 1000;
const seed = process.env.FRONTDESK_DIFFERENCE_SEED;

interface Count {
  federations: number;
  /** Federations that did not compose. */
  discarded: number;
  compared: number;
  /** Answers with errors in them. */
  withErrors: number;
  /** Operations for which the planner found no plan. */
  unplanned: number;
}

/** Runs one federation after another, and keeps the last one: a smaller counterexample often has the same schemas. */
class Runner {
  readonly #planner: PlannerName;
  readonly count: Count = { federations: 0, discarded: 0, compared: 0, withErrors: 0, unplanned: 0 };
  readonly #until = performance.now() + budgetMs;
  #failed = false;
  #last: { readonly key: string; readonly running: RunningFederation | undefined } | undefined;

  constructor(planner: PlannerName) {
    this.#planner = planner;
  }

  /** Past its time it looks at nothing new; what failed is still made smaller. */
  async check(federation: Federation): Promise<void> {
    if (!this.#failed && performance.now() > this.#until) return;
    this.count.federations += 1;
    const running = await this.#running(federation);
    if (!running) {
      this.count.discarded += 1;
      return;
    }
    for (const operation of federation.operations) {
      const difference = await running.difference(federation.data, operation);
      this.#failed ||= difference.kind === 'different';
      if (difference.kind === 'different') assert.fail(`${operation.query}\n${difference.told}`);
      if (difference.kind === 'unplanned') this.count.unplanned += 1;
      else this.count.compared += 1;
      if (difference.kind === 'same' && difference.errors > 0) this.count.withErrors += 1;
    }
  }

  close(): void {
    this.#last?.running?.close();
  }

  async #running({ subgraphs }: Federation): Promise<RunningFederation | undefined> {
    const key = JSON.stringify(subgraphs);
    if (this.#last?.key === key) return this.#last.running;
    this.close();
    this.#last = undefined;
    const composed = await composeFederation(subgraphs);
    const running =
      'errors' in composed
        ? undefined
        : await runFederation(subgraphs, composed.supergraphSdl, this.#planner);
    this.#last = { key, running };
    if (running) assert.equal(sorted(running.graph.schema), sorted(running.schema));
    return running;
  }
}

/** The types of a schema as text. Directives are each side's own. */
function sorted(schema: RunningFederation['schema']): string {
  const types = Object.values(lexicographicSortSchema(schema).getTypeMap());
  return types
    .filter(({ name }) => !name.startsWith('__'))
    .map(printType)
    .join('\n');
}

for (const planner of ['auto', 'apollo'] as const) {
  test(`random federations, planned by ${planner}: the answers of one ordinary server`, async (context) => {
    const runner = new Runner(planner);
    context.after(() => runner.close());
    await fc.assert(
      fc.asyncProperty(new FederationArbitrary(operations), (federation) => runner.check(federation)),
      {
        numRuns: federations,
        interruptAfterTimeLimit: budgetMs + shrinkMs,
        ...(seed !== undefined && { seed: Number(seed) }),
      },
    );
    const { count } = runner;
    context.diagnostic(JSON.stringify({ planner, ...count }));
    assert.ok(count.discarded <= count.federations / 2, `${count.discarded} federations do not compose`);
    assert.ok(count.compared > 0, 'nothing was compared');
    // Some plans of Apollo's are wrong, and are refused; nothing else may be.
    const answered = count.compared + count.unplanned;
    assert.ok(
      count.unplanned <= answered / 10,
      `${count.unplanned} of ${answered} operations were not planned`,
    );
  });
}

/** What is deferred, put together again, is what one ordinary server answers: for operations at random. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type InlineFragmentNode, Kind, parse, print, visit } from 'graphql';
import { type Company, makeCompany } from './testing/company.fixture.ts';
import { assembled, openIncremental, type Payload, payloadsOf } from './testing/incremental.fixture.ts';
import { randomOperation } from './testing/operation.fixture.ts';
import { Choice } from './testing/random-choice.fixture.ts';

/** Puts off parts of an operation: any selection set below the root may be wrapped. */
function deferSome(query: string, choice: Choice): string {
  return print(
    visit(parse(query, { noLocation: true }), {
      Field: {
        leave(field) {
          const { selectionSet } = field;
          if (!selectionSet || choice.int(0, 2) > 0) return undefined;
          const at = choice.int(0, selectionSet.selections.length - 1);
          const deferred: InlineFragmentNode = {
            kind: Kind.INLINE_FRAGMENT,
            directives: [{ kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'defer' } }],
            selectionSet: { kind: Kind.SELECTION_SET, selections: selectionSet.selections.slice(at) },
          };
          const selections = [...selectionSet.selections.slice(0, at), deferred];
          return { ...field, selectionSet: { ...selectionSet, selections } };
        },
      },
    }),
  );
}

/** For one operation, or the property is not bounded: what is never answered is told with its text. */
const ANSWERED_WITHIN_MS = 20_000;
/** For all of them: a slow machine does fewer. It bounds making a counterexample small, too. */
const ENDS_WITHIN_MS = 60_000;

/** All payloads of an operation, or its one answer. */
async function answerOf(
  company: Company,
  query: string,
  variables: Record<string, unknown>,
): Promise<string | Payload[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`no end within ${ANSWERED_WITHIN_MS} ms: ${query}\n${JSON.stringify(variables)}`));
  }, ANSWERED_WITHIN_MS);
  const read = async () => {
    const answer = await openIncremental(company, query, variables);
    return 'body' in answer ? answer.body : await payloadsOf(answer);
  };
  try {
    return await Promise.race([read(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

test('random operations, parts of them deferred: all payloads together are the answer', async () => {
  const limits = { aliases: 1000, directives: 1000, depth: 50, cost: 'unlimited' };
  const company = await makeCompany({ config: { limits } });
  const numRuns = Number(process.env.FRONTDESK_DIFFERENCE_RUNS ?? 150);
  let streams = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (gen) => {
      const choice = new Choice((min, max) => gen(fc.integer, { min, max }));
      const operation = randomOperation(company.graph.schema, choice);
      if (!operation) return;
      runs += 1;
      const query = deferSome(operation.query, choice);
      const variables = { ...operation.variables };
      const whole = await company.monolith(query, variables);
      const answer = await answerOf(company, query, variables);
      if (typeof answer === 'string') {
        assert.equal(JSON.stringify(JSON.parse(answer).data), JSON.stringify(whole.data), query);
        return;
      }
      assert.equal(answer.at(-1)?.hasNext, false);
      // Where something failed, a null stays within its payload: another answer, and rightly.
      if (whole.errors) return;
      streams += 1;
      assert.deepEqual(assembled(answer), JSON.parse(JSON.stringify(whole.data)), query);
    }),
    { numRuns, interruptAfterTimeLimit: ENDS_WITHIN_MS },
  );
  assert.ok(streams > runs / 20, `only ${streams} of ${runs} answers came in payloads`);
  company.graph.close();
});

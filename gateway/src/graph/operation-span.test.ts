import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OperationDefinitionNode, parse } from 'graphql';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn } from '../core/testing/exchange.ts';
import type { TracedWork } from '../core/trace-recorder.ts';
import type { Graph } from './graph.ts';
import { withOperationSpans } from './operation-span.ts';
import type { GraphRequest } from './request.ts';

const [definition] = parse('query Orders { a }').definitions;
const operation: OperationDefinitionNode | undefined =
  definition?.kind === 'OperationDefinition' ? definition : undefined;

function setUp(
  answer: (request: GraphRequest) => Promise<{ body: string; errors: number; refusal: undefined }>,
) {
  const clock = new ManualClock();
  const works: TracedWork[] = [];
  const told = { errors: 0 };
  const seen: GraphRequest[] = [];
  const context = contextOn(clock);
  const never = (): never => assert.fail('not asked');
  const graph: Graph = {
    subgraphs: [],
    get schema(): never {
      return never();
    },
    async execute(request) {
      seen.push(request);
      if (operation) request.watch?.admitted(operation);
      clock.advance(2);
      request.watch?.planned();
      clock.advance(3);
      return answer(request);
    },
    open: never,
    executeObject: never,
    plan: never,
    hot: () => [],
    warm: never,
    stopPlanning() {},
    close() {},
  };
  // The schema is passed on as it is, and nobody asks for it here.
  Object.defineProperty(graph, 'schema', { value: undefined });
  let ids = 0;
  const record = () => {
    context.timeline.recorder = {
      spanId: () => String(++ids).padStart(16, '0'),
      step() {},
      work: (work) => void works.push(work),
      answerErrors: (count) => {
        told.errors += count;
      },
      event() {},
    };
  };
  return { graph: withOperationSpans(graph), context, works, told, seen, record };
}

const fine = async () => ({ body: '{}', errors: 0, refusal: undefined });

test('a request that nobody takes down goes through as it is', async () => {
  const { graph, context, seen } = setUp(fine);
  await graph.execute({ context });
  assert.equal(seen[0]?.context, context);
  assert.equal(seen[0]?.watch, undefined);
});

test('an operation has a span of its own, by its name and kind, and what it fetches hangs below it', async () => {
  const { graph, context, works, seen, record } = setUp(async () => ({
    body: '',
    errors: 2,
    refusal: undefined,
  }));
  record();
  await graph.execute({ context });
  const [whole, admit, plan] = works;
  assert.deepEqual(whole, {
    name: 'graphql query',
    spanId: seen[0]?.context.trace.spanId,
    parentId: context.trace.spanId,
    startMs: 0,
    endMs: 5,
    error: undefined,
    attributes: {
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'Orders',
      'frontdesk.answer_errors': 2,
    },
  });
  assert.deepEqual(
    [admit?.name, plan?.name, plan?.startMs, plan?.endMs],
    ['graphql.admit', 'graphql.plan', 0, 2],
  );
  assert.equal(plan?.parentId, whole?.spanId);
});

test('errors of the answer are told of the request; what it threw is told of the operation', async () => {
  const failing = setUp(() => Promise.reject(new FrontdeskError('rate_limited')));
  failing.record();
  await assert.rejects(failing.graph.execute({ context: failing.context }));
  assert.equal(failing.works[0]?.error, 'rate_limited');
  const faulty = setUp(async () => ({ body: '', errors: 3, refusal: undefined }));
  faulty.record();
  await faulty.graph.execute({ context: faulty.context });
  assert.equal(faulty.told.errors, 3);
});

/** Payloads of a query that puts something off: their order, their errors, and what is never delivered. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { buildSchema, type ExecutionResult, parse } from 'graphql';
import { DEFER_SDL } from './defer.ts';
import { type DeferredExecution, executeDeferring, type LaterPayload } from './defer-execution.ts';

const schema = buildSchema(`
  ${DEFER_SDL}
  type Query { home: Home }
  type Home { quick: Int slow: Int slower: Int broken: Int must: Int! none: Home inner: Home }
`);

function isDeferred(result: ExecutionResult | DeferredExecution): result is DeferredExecution {
  return 'initialResult' in result;
}

async function run(source: string, home: object, last?: () => Record<string, unknown>) {
  const result = await executeDeferring({ schema, document: parse(source), rootValue: { home } }, last);
  return isDeferred(result) ? result : assert.fail('nothing is deferred');
}

async function rest({ subsequentResults }: DeferredExecution): Promise<LaterPayload[]> {
  const payloads: LaterPayload[] = [];
  for await (const payload of subsequentResults) payloads.push(payload);
  return payloads;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it('delivers what is done first first', async () => {
  const slow = Promise.withResolvers<number>();
  const slower = Promise.withResolvers<number>();
  const result = await run(
    '{ home { quick ...@defer(label: "a") { slow } ...@defer(label: "b") { slower } } }',
    {
      quick: 1,
      slow: () => slow.promise,
      slower: () => slower.promise,
    },
  );
  assert.deepEqual(plain(result.initialResult), { data: { home: { quick: 1 } }, hasNext: true });
  slower.resolve(3);
  const first = await result.subsequentResults.next();
  assert.deepEqual(plain(first.value), {
    hasNext: true,
    incremental: [{ data: { slower: 3 }, path: ['home'], label: 'b' }],
  });
  slow.resolve(2);
  assert.deepEqual(plain(await rest(result)), [
    { hasNext: false, incremental: [{ data: { slow: 2 }, path: ['home'], label: 'a' }] },
  ]);
});

it('begins all at once, and keeps what is within a fragment behind it', async () => {
  const begun: string[] = [];
  const field = (name: string, value: unknown) => () => {
    begun.push(name);
    return value;
  };
  const result = await run(
    '{ home { quick ...@defer { inner { slow ...@defer(label: "in") { slower } } } } }',
    {
      quick: field('quick', 1),
      inner: { slow: field('slow', Promise.resolve(2)), slower: field('slower', 3) },
    },
  );
  assert.deepEqual(begun, ['quick', 'slow', 'slower']);
  assert.deepEqual(plain(await rest(result)), [
    { hasNext: true, incremental: [{ data: { inner: { slow: 2 } }, path: ['home'] }] },
    { hasNext: false, incremental: [{ data: { slower: 3 }, path: ['home', 'inner'], label: 'in' }] },
  ]);
});

it('tells the errors of what was put off with it; one that leaves nothing has null', async () => {
  const fail = () => {
    throw new TypeError('no');
  };
  const last = () => ({ incomplete: ['broken'] });
  const result = await run(
    '{ home { quick ...@defer { broken } ...@defer { must } } }',
    { quick: 1, broken: fail, must: fail },
    last,
  );
  assert.equal(result.initialResult.errors, undefined);
  const payloads = await rest(result);
  const all = payloads.flatMap(({ incremental = [] }) => incremental);
  assert.deepEqual(
    all.map(({ data, errors }) => [plain(data), errors?.map(({ path }) => path)]),
    [
      [{ broken: null }, [['home', 'broken']]],
      [null, [['home', 'must']]],
    ],
  );
  assert.deepEqual(payloads.at(-1)?.extensions, { incomplete: ['broken'] });
});

it('delivers nothing below what is null', async () => {
  const document = parse('{ home { quick none { ...@defer { quick } } } }');
  const result = await executeDeferring({ schema, document, rootValue: { home: { quick: 1, none: null } } });
  assert.deepEqual(plain(result), { data: { home: { quick: 1, none: null } } });
});

it('leaves faults of variables to the execution', async () => {
  const document = parse('query ($d: Boolean!) { home { ...@defer(if: $d) { quick } } }');
  const result = await executeDeferring({ schema, document, rootValue: {}, variableValues: {} });
  assert.ok(!isDeferred(result) && result.errors?.length === 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { makeCompany } from '../../graph/testing/company.fixture.ts';
import { graphHandler } from './graph.ts';
import { executeBatch } from './graph-batch.ts';
import { graphExchange, posted, sendToGraph } from './graph-send.fixture.ts';

const ME = { query: '{ me { id } }' };

async function company(maxBatch: number | undefined, config: Record<string, unknown> = {}) {
  const { graph } = await makeCompany({ config });
  return graphHandler({ graph, maxBodyBytes: 10_000, forward: [], maxBatch });
}

test('a batch is answered in its order, each operation on its own', async () => {
  const handler = await company(3);
  const { status, json } = await sendToGraph(
    handler,
    posted([
      ME,
      { query: '{ nothing }' },
      { query: 'query B($id: ID!) { user(id: $id) { id } }', variables: { id: '2' } },
    ]),
  );
  assert.equal(status, 200);
  assert.deepEqual(json[0], { data: { me: { id: '1' } } });
  assert.equal(json[1].errors[0].extensions.code, 'INVALID_QUERY');
  assert.ok(!('data' in json[1]));
  assert.deepEqual(json[2], { data: { user: { id: '2' } } });
});

test('off by default; longer ones, empty ones and nested ones are refused whole', async () => {
  assert.equal((await sendToGraph(await company(undefined), posted([ME]))).status, 400);
  const handler = await company(2);
  for (const bad of [[], [ME, ME, ME], [[ME]], [ME, {}]]) {
    assert.equal((await sendToGraph(handler, posted(bad))).status, 400, JSON.stringify(bad));
  }
  assert.equal((await sendToGraph(handler, posted(ME))).status, 200);
});

test('each operation draws its own tokens, and one that cannot is refused alone', async () => {
  const drawn: number[] = [];
  let left = 2;
  const charge = async (tokens: number): Promise<void> => {
    drawn.push(tokens);
    left -= tokens;
    if (left < 0) throw new FrontdeskError('rate_limited');
  };
  const { status, json } = await sendToGraph(await company(4), posted([ME, ME, ME, ME], { charge }));
  assert.equal(status, 200);
  // The first was paid for at the door.
  assert.deepEqual(drawn, [1, 1, 1]);
  const codes = json.map(
    (answer: { errors?: { extensions: { code: string } }[] }) => answer.errors?.[0]?.extensions.code,
  );
  assert.deepEqual(codes, [undefined, undefined, undefined, 'RATE_LIMITED']);

  const costs: number[] = [];
  await sendToGraph(
    await company(2, { charge: 'cost' }),
    posted([{ query: '{ topProducts(first: 7) { upc } }' }, { query: '{ topProducts(first: 3) { upc } }' }], {
      charge: async (tokens) => void costs.push(tokens),
    }),
  );
  assert.deepEqual(costs.sort(), [1, 2, 6]);
});

test('operations run side by side, a few at a time', async () => {
  const batch = Array.from({ length: 20 }, () => ({
    query: '{ a }',
    documentId: undefined,
    operationName: undefined,
    variables: undefined,
    extensions: undefined,
  }));
  const open: (() => void)[] = [];
  let most = 0;
  const answered = executeBatch(graphExchange({}), batch, async () => {
    most = Math.max(most, open.length + 1);
    await new Promise<void>((resolve) => open.push(resolve));
    return '{}';
  });
  for (let ended = 0; ended < batch.length; ended += 1) {
    while (open.length === 0) await Promise.resolve();
    open.shift()?.();
  }
  assert.equal(await answered, `[${batch.map(() => '{}').join(',')}]`);
  assert.equal(most, 8);
});

test('what ended the exchange ends the batch', async () => {
  const exchange = graphExchange({});
  const gone = new FrontdeskError('client_closed');
  exchange.cancellation.cancel(gone);
  const one = {
    ...ME,
    documentId: undefined,
    operationName: undefined,
    variables: undefined,
    extensions: undefined,
  };
  await assert.rejects(
    executeBatch(exchange, [one], () => Promise.reject(gone)),
    gone,
  );
});

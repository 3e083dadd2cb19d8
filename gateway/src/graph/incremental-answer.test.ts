import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { type Company, type Misbehave, makeCompany } from './testing/company.fixture.ts';
import {
  ACCEPTS,
  assembled,
  openIncremental,
  type Payload,
  payloadsOf,
} from './testing/incremental.fixture.ts';

/** For those that change nothing: a planner's thread is slow to start. */
let shared: Company;
before(async () => {
  shared = await makeCompany({ kept: true });
});

async function stream(query: string, misbehave?: Misbehave, variables = {}): Promise<Payload[]> {
  return payloadsOf(
    await openIncremental(misbehave ? await makeCompany({ misbehave }) : shared, query, variables),
  );
}

/** All payloads together hold what one ordinary server answers, and they end. */
async function same(
  query: string,
  variables: Record<string, unknown> = {},
  company = shared,
): Promise<Payload[]> {
  const payloads = await payloadsOf(await openIncremental(company, query, variables));
  assert.deepEqual(
    payloads.map(({ hasNext }) => hasNext),
    payloads.map((_, index) => index < payloads.length - 1),
  );
  const whole = await company.monolith(query, variables);
  assert.deepEqual(assembled(payloads), JSON.parse(JSON.stringify(whole.data)));
  return payloads;
}

test('what is deferred follows, with its path and label', async () => {
  const payloads = await stream('{ me { id name ... @defer(label: "home") { address { zip } } } }');
  assert.deepEqual(payloads, [
    { data: { me: { id: '1', name: 'User 1' } }, hasNext: true },
    { incremental: [{ label: 'home', path: ['me'], data: { address: { zip: '1000' } } }], hasNext: false },
  ]);
});

test('in lists there is an entry for each place', async () => {
  const payloads = await same('{ topProducts(first: 3) { upc ... @defer { inStock } } }');
  assert.deepEqual(
    payloads[1]?.incremental?.map(({ path }) => path),
    [0, 1, 2].map((index) => ['topProducts', index]),
  );
});

const QUERIES: Readonly<Record<string, string>> = {
  'one inside another':
    '{ me { id ... @defer(label: "a") { address { zip } reviews { id ... @defer(label: "b") { product { name inStock } } } } } }',
  'several at one place': '{ me { id ... @defer { reviews { body } } ... @defer { address { zip } } } }',
  'a named fragment, spread twice':
    '{ me { id ...F @defer } users { id ...F @defer } } fragment F on User { reviews { body ...G @defer } } fragment G on Review { author { address { zip } } }',
  'on some types of an interface':
    '{ media { __typename title ... on Book @defer { rating critic { name } } ... on Film { minutes ... @defer { rating } } } }',
  'on members of a union':
    '{ search(q: "") { __typename ... on User @defer { reviews { id } } ... on Product { upc ... @defer { inStock } } } }',
  'with an interface object':
    '{ things { id kind ... @defer { score } } bestThing { score ... @defer { kind } } }',
  'aliases on the way': '{ a: users { id: name ... @defer { b: friends { c: reviews { id } } } } }',
  'at the root': '{ me { id } ... @defer { topProducts { upc inStock } __typename } }',
  'lists of lists': '{ shelves { id ... @defer { rating owner { name } } } }',
  'nulls on the way': '{ users { id best { id ... @defer { address { zip } } } } }',
  'fields that are told at once and later':
    '{ me { reviews { id } ... @defer { reviews { id body product { inStock } } } } }',
  'a part that the planner lets wait for a fetch of a plan which it gave up':
    '{ media { ... on Book { owner { ... @defer { __typename } } critic { ... @defer { __typename } ... @defer { meta } } } } }',
  '@requires in what is deferred': '{ topProducts { upc ... @defer { shippingEstimate label } } }',
};

for (const [name, query] of Object.entries(QUERIES)) {
  test(`all payloads together are the answer: ${name}`, async () => {
    await same(query);
  });
}

test('conditions: @defer(if:) by variable and literal; @skip and @include before it', async () => {
  const query =
    'query($d: Boolean!, $s: Boolean = false) { me { id ... @defer(if: $d) @skip(if: $s) { reviews { id } } } }';
  await same(query, { d: true });
  for (const variables of [{ d: false }, { d: true, s: true }]) {
    const answer = await openIncremental(shared, query, variables);
    assert.ok('body' in answer);
    const whole = await shared.monolith(query, variables);
    assert.equal(answer.body, JSON.stringify(whole));
  }
  const never = await openIncremental(shared, '{ me { ... @defer(if: false) { reviews { id } } } }');
  assert.ok('body' in never);
});

test('what costs no fetch more, or has no place, is told at once', async () => {
  for (const query of [
    '{ me { id address { ... @defer { street } } } }',
    '{ ... @defer { __schema { queryType { name } } } }',
    '{ user(id: 99) { id ... @defer { reviews { id } } } }',
  ]) {
    const answer = await openIncremental(shared, query);
    assert.ok('body' in answer, query);
    assert.equal(answer.body, JSON.stringify(await shared.monolith(query)), query);
  }
});

test('whoever takes no payloads gets one answer', async () => {
  const company = shared;
  const query = '{ me { id ... @defer { reviews { id } } } }';
  const whole = JSON.stringify(await company.monolith(query));
  assert.equal((await company.graph.execute({ query, context: company.context() })).body, whole);
  const opened = await company.graph.open({ query, context: company.context() });
  assert.ok('body' in opened);
  assert.equal(opened.body, whole);
  assert.equal(
    JSON.stringify(await company.graph.executeObject({ query, context: company.context() })),
    whole,
  );
  const off = await makeCompany({ config: { defer: { enabled: false } } });
  assert.ok('body' in (await openIncremental(off, query)));
});

test('a null that may not be goes no further than its payload', async () => {
  const payloads = await stream('{ users { id ... @defer(label: "m") { motto boom } } me { id } }');
  const entries = payloads.flatMap(({ incremental }) => incremental ?? []);
  assert.deepEqual(
    entries.map(({ data }) => data && Object.keys(data).length),
    [2, 2, null, 2],
  );
  assert.deepEqual(
    entries[2]?.errors?.map(({ path }) => path),
    [['users', 2, 'motto']],
  );
  assert.deepEqual(
    entries[1]?.errors?.map(({ path }) => path),
    [['users', 1, 'boom']],
  );
});

test('a subgraph that fails costs its payload alone', async () => {
  const payloads = await stream(
    '{ me { id ... @defer(label: "r") { reviews { id } } ... @defer(label: "h") { address { zip } } } }',
    async (name) => {
      if (name === 'reviews') throw new FrontdeskError('circuit_open');
      return undefined;
    },
  );
  assert.deepEqual(payloads[0], { data: { me: { id: '1' } }, hasNext: true });
  const entries = payloads.flatMap(({ incremental }) => incremental ?? []);
  const lost = entries.find(({ label }) => label === 'r');
  assert.deepEqual(lost?.data, { reviews: null });
  assert.deepEqual(
    lost?.errors?.map(({ path, extensions }) => [path, extensions.code]),
    [[['me', 'reviews'], 'CIRCUIT_OPEN']],
  );
  assert.deepEqual(entries.find(({ label }) => label === 'h')?.data, { address: { zip: '1000' } });
});

test('what stands below a null of the first payload is not sent', async () => {
  const payloads = await stream('{ user(id: 2) { friends { motto ... @defer { reviews { id } } } } }');
  assert.deepEqual(
    payloads[0]?.errors?.map(({ path }) => path),
    [['user', 'friends', 0, 'motto']],
  );
  assert.deepEqual(
    payloads.flatMap(({ incremental }) => incremental ?? []).map(({ path }) => path),
    [['user', 'friends', 2]],
  );
});

/** Holds back one subgraph until it is let go. */
function held(subgraph: string) {
  const gate = Promise.withResolvers<void>();
  const misbehave: Misbehave = async (name) => {
    if (name === subgraph) await gate.promise;
    return undefined;
  };
  return { misbehave, release: gate.resolve };
}

test('a part is sent when it is there, whatever others wait for', async () => {
  const { misbehave, release } = held('reviews');
  const answer = await openIncremental(
    await makeCompany({ misbehave }),
    '{ me { id ... @defer(label: "slow") { reviews { id } } ... @defer(label: "fast") { address { zip } } } }',
  );
  assert.ok('payloads' in answer);
  const next = async (): Promise<Payload> => JSON.parse((await answer.payloads.next()).value);
  await next();
  assert.deepEqual(
    (await next()).incremental?.map(({ label }) => label),
    ['fast'],
  );
  release();
  const last = await next();
  assert.deepEqual(
    last.incremental?.map(({ label }) => label),
    ['slow'],
  );
  assert.equal(last.hasNext, false);
  assert.equal((await answer.payloads.next()).done, true);
});

test('return() ends what is still on its way', async () => {
  let cancelled: Error | undefined;
  const company = await makeCompany({ misbehave: held('reviews').misbehave });
  const context = company.context();
  const answer = await company.graph.open({
    query: '{ me { id ... @defer { reviews { id } } } }',
    context,
    ...ACCEPTS,
  });
  assert.ok('payloads' in answer);
  await answer.payloads.next();
  const waiting = answer.payloads.next();
  const call = company.calls.find(({ subgraph }) => subgraph === 'reviews');
  call?.request.context.cancellation.onCancel((reason) => {
    cancelled = reason;
  });
  assert.ok(answer.payloads.return);
  assert.equal((await answer.payloads.return()).done, true);
  assert.equal((await waiting).done, true);
  assert.ok(cancelled instanceof FrontdeskError);
  assert.equal(context.cancellation.cancelled, false);
});

test('a mutation defers below its fields, which run one after another', async () => {
  const query = `mutation { a: rename(id: 1, name: "X") { name ... @defer(label: "a") { address { zip } } }
    b: rename(id: 1, name: "Y") { name ... @defer(label: "b") { reviews { id } } } }`;
  const payloads = await same(query, {}, await makeCompany());
  assert.deepEqual(payloads[0]?.data, { a: { name: 'X' }, b: { name: 'Y' } });
});

test('@defer is part of the schema, @stream is not; its rules are validated', async () => {
  const { graph, context } = await makeCompany();
  assert.ok(graph.schema.getDirective('defer'));
  assert.equal(graph.schema.getDirective('stream'), undefined);
  for (const query of [
    'query($l: String) { me { ... @defer(label: $l) { id } } }',
    '{ me { ... @defer(label: "x") { id } ... @defer(label: "x") { name } } }',
    'mutation { ... @defer { addReview(upc: "1", body: "") { id } } }',
    '{ users @stream { id } }',
    '{ me @defer { id } }',
  ]) {
    const { refusal } = await graph.execute({ query, context: context() });
    assert.equal(refusal?.status, 400, query);
  }
});

test('no more is deferred than the configuration allows', async () => {
  const company = await makeCompany({ config: { defer: { max: 1 } } });
  const query = '{ me { id ... @defer { reviews { id } } ... @defer { address { zip } } } }';
  const payloads = await payloadsOf(await openIncremental(company, query));
  assert.equal(payloads.flatMap(({ incremental }) => incremental ?? []).length, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { type Misbehave, makeCompany } from './testing/company.fixture.ts';
import { ask, entities } from './testing/faults.fixture.ts';

const PRODUCTS = '{ topProducts(first: 3) { upc name inStock } }';
const NAMES = [
  { upc: 'p1', name: 'Product 1', inStock: null },
  { upc: 'p2', name: 'Product 2', inStock: null },
  { upc: 'p3', name: 'Product 3', inStock: null },
];

async function loses(misbehave: Misbehave, code: string): Promise<void> {
  const { data, errors } = await ask(PRODUCTS, misbehave);
  assert.deepEqual(data, { topProducts: NAMES });
  assert.deepEqual(
    errors?.map((error) => [error.path, error.extensions.code]),
    [0, 1, 2].map((index) => [['topProducts', index, 'inStock'], code]),
  );
}

test('I132 a subgraph that answers HTML costs its own fields', async () => {
  await loses(
    async (name) =>
      name === 'inventory' ? { contentType: 'text/html', text: '<h1>It works</h1>' } : undefined,
    'UPSTREAM_INVALID',
  );
});

test('I132 a page of HTML that claims to be JSON costs its own fields', async () => {
  await loses(entities('inventory', '<h1>It works</h1>'), 'UPSTREAM_INVALID');
});

test('I132 truncated JSON costs its own fields', async () => {
  await loses(entities('inventory', '{"data":{"_entities":[{"inStock":true},{"inSt'), 'UPSTREAM_INVALID');
});

test('I132 a status of 500 without a GraphQL body costs its own fields', async () => {
  await loses(
    async (name) =>
      name === 'inventory' ? { status: 500, contentType: 'text/plain', text: 'oops' } : undefined,
    'UPSTREAM_ERROR',
  );
});

test('I132 JSON that is no GraphQL response costs its own fields', async () => {
  for (const text of [
    'null',
    '[]',
    '"x"',
    '{}',
    '{"data":7}',
    '{"data":null}',
    '{"data":[]}',
    '{"errors":[]}',
  ]) {
    await loses(entities('inventory', text), 'UPSTREAM_INVALID');
  }
});

test('I131 too few, too many or no entities: null and an error at each place', async () => {
  await loses(
    entities('inventory', (real) => real.slice(1)),
    'UPSTREAM_INVALID',
  );
  await loses(
    entities('inventory', (real) => [...real, real[0]]),
    'UPSTREAM_INVALID',
  );
  await loses(
    entities('inventory', () => null),
    'UPSTREAM_INVALID',
  );
  await loses(
    entities('inventory', () => ({ 0: {} })),
    'UPSTREAM_INVALID',
  );
});

test('I131 reordered entities are never joined to the wrong place', async () => {
  await loses(
    entities('inventory', (real) => [real[1], real[2], real[0]]),
    'UPSTREAM_INVALID',
  );
});

test('I131 an entity of another type is refused, its siblings stay', async () => {
  const { data, errors } = await ask(
    PRODUCTS,
    entities('inventory', (real) => [real[0], { __typename: 'User', inStock: true }, real[2]]),
  );
  assert.deepEqual(data, {
    topProducts: [{ ...NAMES[0], inStock: true }, NAMES[1], { ...NAMES[2], inStock: true }],
  });
  assert.deepEqual(
    errors?.map((error) => error.path),
    [['topProducts', 1, 'inStock']],
  );
});

test('I131 entities that are no objects are refused one by one', async () => {
  const { data, errors } = await ask(
    PRODUCTS,
    entities('inventory', (real) => [7, real[1], [real[2]]]),
  );
  assert.deepEqual(data, { topProducts: [NAMES[0], { ...NAMES[1], inStock: false }, NAMES[2]] });
  assert.equal(errors?.length, 2);
});

test('I131 an entity that a subgraph does not know is null without an error', async () => {
  const { data, errors } = await ask(
    PRODUCTS,
    entities('inventory', (real) => [null, real[1], real[2]]),
  );
  assert.deepEqual(data, {
    topProducts: [NAMES[0], { ...NAMES[1], inStock: false }, { ...NAMES[2], inStock: true }],
  });
  assert.equal(errors, undefined);
});

test('I131 keys like __proto__ in a reply pollute nothing and reach nobody', async () => {
  const { data } = await ask(
    PRODUCTS,
    entities('inventory', (real) =>
      real.map((entity) =>
        JSON.parse(
          `{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},${JSON.stringify(entity).slice(1)}`,
        ),
      ),
    ),
  );
  assert.deepEqual(data, { topProducts: NAMES.map((name, index) => ({ ...name, inStock: index !== 1 })) });
  assert.equal('x' in {}, false);
});

test('I131 an object of a type that cannot stand there is null with an error', async () => {
  const odd: Misbehave = async (name) =>
    name === 'library'
      ? {
          text: '{"data":{"media":[{"__typename":"User","title":"x"},{"__typename":"Film","title":"y","id":"f1"}]}}',
        }
      : undefined;
  const { data, errors } = await ask('{ media { __typename title } }', odd);
  assert.deepEqual(data, { media: [null, { __typename: 'Film', title: 'y' }] });
  assert.deepEqual(
    errors?.map((error) => error.path),
    [['media', 0]],
  );
});

test('values of the wrong form are null with an error; what GraphQL coerces is coerced', async () => {
  const odd: Misbehave = async (name) =>
    name === 'accounts'
      ? {
          text: JSON.stringify({
            data: {
              me: {
                birthday: 'soon',
                ratio: 'x',
                active: 'yes',
                role: 'HIDDEN',
                name: { a: 1 },
                id: 7,
                tags: 'a',
              },
            },
          }),
        }
      : undefined;
  const { data, errors } = await ask('{ me { birthday ratio active role name id tags } }', odd);
  assert.deepEqual(data, {
    me: { birthday: null, ratio: null, active: null, role: null, name: null, id: '7', tags: null },
  });
  assert.deepEqual(
    errors?.map((error) => error.path),
    ['birthday', 'ratio', 'active', 'role', 'name', 'tags'].map((key) => ['me', key]),
  );
  assert.ok(!JSON.stringify(errors).includes('HIDDEN'));
});

test('I133 a null that may not be goes to the nearest place that may be null, told once', async () => {
  const odd: Misbehave = async (name) =>
    name === 'accounts'
      ? {
          text: '{"data":{"users":[{"id":"1","matrix":[[{"motto":"a"},{"motto":null}],[{"motto":"b"}]]},{"id":null}]}}',
        }
      : undefined;
  const { data, errors } = await ask('{ users { id matrix { motto } } }', odd);
  assert.deepEqual(data, { users: [{ id: '1', matrix: [null, [{ motto: 'b' }]] }, null] });
  assert.deepEqual(
    errors?.map((error) => error.path),
    [
      ['users', 0, 'matrix', 0, 1, 'motto'],
      ['users', 1, 'id'],
    ],
  );
});

test('I133 a null at the root that may not be makes data null', async () => {
  const odd: Misbehave = async (name) =>
    name === 'accounts' ? { text: '{"data":{"strictUser":null}}' } : undefined;
  const { data, errors } = await ask('{ strictUser { id } topProducts { upc } }', odd);
  assert.equal(data, null);
  assert.deepEqual(
    errors?.map((error) => error.path),
    [['strictUser']],
  );
});

test("I134 a subgraph's messages are masked; configuration may allow them, codes and names as well", async () => {
  const masked = await ask('{ users { id boom } }', async () => undefined);
  assert.deepEqual(masked.errors, [
    { message: 'A backend failed', path: ['users', 1, 'boom'], extensions: { code: 'UPSTREAM_ERROR' } },
  ]);
  const errors = { subgraphMessages: true, serviceNames: true };
  const shown = await ask('{ users { id boom } }', async () => undefined, { errors });
  assert.deepEqual(shown.errors, [
    {
      message: 'secret database at 10.0.0.7',
      path: ['users', 1, 'boom'],
      extensions: { code: 'UPSTREAM_ERROR', serviceName: 'accounts' },
    },
  ]);
});

test('I134 forged paths and extensions of subgraph errors are not passed on', async () => {
  const odd: Misbehave = async (name) =>
    name === 'accounts'
      ? {
          text: JSON.stringify({
            data: { me: { name: null } },
            errors: [
              {
                message: 'm',
                path: ['me', 'name', 'x', '<script>'],
                extensions: { code: 'a b', stack: 's' },
              },
              { message: 'm', path: ['me', 'secret'] },
              { message: 'm', path: [{}, -1] },
              { message: 'm', path: 'me' },
              'not even an object',
            ],
          }),
        }
      : undefined;
  const { data, errors } = await ask('{ me { n: name } }', odd, { errors: { subgraphMessages: true } });
  assert.deepEqual(data, { me: { n: null } });
  for (const error of errors ?? []) {
    assert.deepEqual(error.extensions, { code: 'UPSTREAM_ERROR' });
    assert.ok(error.path === undefined, JSON.stringify(error));
  }
});

test('I134 an error below an aliased list item has the client’s path', async () => {
  const { errors } = await ask('{ us: users { b: boom } }', async () => undefined);
  assert.deepEqual(
    errors?.map((error) => error.path),
    [['us', 1, 'b']],
  );
});

test('what requires a field that failed fails with it, and is not asked for', async () => {
  const company = await makeCompany({
    misbehave: async (name) =>
      name === 'products'
        ? {
            text: JSON.stringify({
              data: { topProducts: [{ __typename: 'Product', upc: 'p1', price: null, weight: 1 }] },
              errors: [{ message: 'no price', path: ['topProducts', 0, 'price'] }],
            }),
          }
        : undefined,
  });
  const { data, errors } = await company.graph.executeObject({
    query: '{ topProducts(first: 1) { upc shippingEstimate } }',
    context: company.context(),
  });
  assert.equal(JSON.stringify(data), '{"topProducts":[{"upc":"p1","shippingEstimate":null}]}');
  assert.deepEqual(
    errors?.map((error) => error.path),
    [['topProducts', 0, 'shippingEstimate']],
  );
  assert.deepEqual(
    company.calls.map((call) => call.subgraph),
    ['products'],
  );
});

test('a subgraph that cannot be reached costs its own fields, under the error’s code', async () => {
  await loses(async (name) => {
    if (name === 'inventory') throw new FrontdeskError('circuit_open', { detail: 'host 10.1.2.3' });
    return undefined;
  }, 'CIRCUIT_OPEN');
});

test('I132 a reply over the limit is refused', async () => {
  const { data, errors } = await ask(
    '{ me { name } topProducts { upc } }',
    async (name) =>
      name === 'accounts' ? { text: `{"data":{"me":{"name":"${'x'.repeat(3000)}"}}}` } : undefined,
    { maxReply: '2KiB' },
  );
  assert.ok(JSON.stringify(data).startsWith('{"me":null,"topProducts":[{'));
  assert.deepEqual(
    errors?.map((error) => [error.path, error.extensions.code]),
    [[['me'], 'UPSTREAM_TOO_LARGE']],
  );
});

test('errors are bounded', async () => {
  const odd: Misbehave = async (name) =>
    name === 'accounts'
      ? { text: JSON.stringify({ data: { users: Array(500).fill({ id: null }) } }) }
      : undefined;
  const { errors } = await ask('{ users { id } }', odd);
  assert.equal(errors?.length, 50);
});

test('a list where an object should be, and the other way, is null with an error', async () => {
  const odd: Misbehave = async (name) =>
    name === 'accounts' ? { text: '{"data":{"me":[{"id":"1"}],"users":{"id":"1"}}}' } : undefined;
  const { data, errors } = await ask('{ me { id } users { id } }', odd);
  assert.deepEqual(data, { me: null, users: null });
  assert.deepEqual(
    errors?.map((error) => error.path),
    [['me'], ['users']],
  );
});

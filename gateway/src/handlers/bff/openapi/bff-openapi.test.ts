import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { defineBackends, defineBff } from '../../../bff/definition.ts';
import { systemClock } from '../../../core/clock.ts';
import { exchangeOf, read } from '../mount.fixture.ts';
import { mountBff } from '../mount.ts';
import { bindSchema } from '../schema.ts';
import { bffOpenapi } from './bff-openapi.ts';

const kit = defineBackends({});
const told = kit.takes(
  z.object({
    id: z.string().describe('Which order'),
    kinds: z.array(z.enum(['paper', 'mail'])).optional(),
    first: z.int().min(1).max(50).default(10),
  }),
);
const order = told.screen({
  path: '/orders/{id}',
  field: 'order',
  scopes: ['orders:read'],
  parts: {
    head: told.part(({ input }) => ({ id: input.id, status: 'PLACED', secret: 1 }), { required: true }),
    items: told.part(({ input }) =>
      Array.from({ length: input.first }, (_, i) => ({ upc: `p${i}`, price: 100 })),
    ),
    note: told.part(() => null),
    pet: told.part(() => ({ __typename: 'Dog', name: 'Rex' })),
  },
  examples: {
    small: {
      summary: 'Two of its items',
      input: { id: 'o1', first: 2, kinds: ['mail'] },
      answer: {
        head: { id: 'o1', status: 'PLACED' },
        items: [{ upc: 'p0', price: 100 }],
        note: null,
        pet: { __typename: 'Dog', name: 'Rex' },
      },
    },
  },
});
const schema = `
  "What the phone asks for."
  type Query {
    "One order, as it stands."
    order(id: ID!, kinds: [Kind!], first: Int): Order
  }
  enum Kind { "Printed" PAPER MAIL }
  type Order {
    head: Head!
    items: [Item]
    "What the customer wrote."
    note: String
    pet: Pet
    old: Int @deprecated(reason: "use note")
  }
  type Head { id: ID! status: Status! }
  enum Status { "Not sent yet" PLACED SENT }
  type Item { upc: ID! price: Int! }
  union Pet = Cat | Dog
  type Cat { lives: Int! }
  type Dog { name: String! }
`.replace('old: Int @deprecated(reason: "use note")', '');
const bff = defineBff({ name: 'shop', schema, screens: [order] });
const security = {
  schemes: { jwt: { type: 'http', scheme: 'bearer' } },
  requirements: [{ jwt: [] }],
};

async function document(of = bff) {
  return bffOpenapi(of, await bindSchema(of), { mount: '/shop', security });
}

/** The members of an object that is there. */
function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((one, name) => {
    assert.ok(typeof one === 'object' && one !== null, `there is no ${path.join('.')}`);
    return Reflect.get(one, name);
  }, value);
}

describe('the OpenAPI document of a BFF', () => {
  it('is a document of OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(await document())));
    assert.ok(valid, JSON.stringify(errors));
  });

  it('has parameters from the input, answers from the schema, descriptions, scopes and examples', async () => {
    const made = await document();
    const get = at(made, 'paths', '/orders/{id}', 'get');
    assert.equal(at(get, 'operationId'), 'order');
    assert.equal(at(get, 'summary'), 'One order, as it stands.');
    assert.deepEqual(at(get, 'security'), [{ jwt: ['orders:read'] }]);
    assert.deepEqual(at(get, 'parameters', '0'), {
      name: 'id',
      in: 'path',
      required: true,
      description: 'Which order',
      schema: { type: 'string' },
      examples: { small: { value: 'o1' } },
    });
    assert.deepEqual(at(get, 'parameters', '3'), { $ref: '#/components/parameters/fields' });
    assert.deepEqual(at(made, 'components', 'schemas', 'Status'), {
      description: '- `PLACED`: Not sent yet',
      type: 'string',
      enum: ['PLACED', 'SENT'],
    });
    assert.deepEqual(at(made, 'components', 'schemas', 'Order', 'required'), ['head']);
    assert.deepEqual(at(made, 'components', 'schemas', 'Order', 'properties', 'note'), {
      description: 'What the customer wrote.',
      type: ['string', 'null'],
    });
  });

  it('is kept: requests made of it are answered, as it says, and so are its examples', async () => {
    const made = await document();
    const ajv = new Ajv2020({ strict: false, formats: { int32: true, double: true } });
    ajv.addSchema({ $id: 'doc', ...made });
    const pointer = '#/paths/~1orders~1{id}/get/responses/200/content/application~1json';
    const valid = ajv.getSchema(`doc${pointer}/schema`) ?? assert.fail();
    const get = at(made, 'paths', '/orders/{id}', 'get');
    const example = at(get, 'responses', '200', 'content', 'application/json', 'examples', 'small', 'value');
    assert.ok(valid(example), JSON.stringify(valid.errors));
    const { routes, dispose } = await mountBff(bff, {
      mount: '/shop',
      clock: systemClock,
      callUpstream: async () => assert.fail(),
    });
    const query = new URLSearchParams();
    const params: Record<string, string> = {};
    for (const parameter of Object.values(at(get, 'parameters') ?? {})) {
      if (at(parameter, '$ref') !== undefined) continue;
      const name = String(at(parameter, 'name'));
      const value = at(parameter, 'examples', 'small', 'value');
      if (at(parameter, 'in') === 'path') params[name] = String(value);
      else for (const one of [value].flat()) query.append(name, String(one));
    }
    const exchange = exchangeOf({ query: String(query) }, ['orders:read']);
    exchange.route = { template: '', kind: 'bff', params, chain: async () => assert.fail() };
    const handler = routes.find(({ path }) => path === '/shop/orders/:id')?.handler ?? assert.fail();
    const { status, json } = await read(await handler(exchange));
    assert.equal(status, 200);
    assert.ok(valid(json), JSON.stringify(valid.errors));
    assert.equal(json.items.length, 2);
    assert.ok(!valid({ ...json, head: { id: 'o1', status: 'LOST' } }));
    await dispose();
  });
});

/** A BFF with a bit of everything that clients are made for, without backends: for tests of the whole gateway. */
import { defineBackends, defineBff, refuse, z } from '../bff/index.ts';

const kit = defineBackends({});
const told = kit.takes(
  z.object({
    id: z.string().describe('Whose'),
    kinds: z.array(z.enum(['paper', 'mail'])).optional(),
    place: z.object({ x: z.number() }).optional(),
  }),
);
const ordered = kit.takes(z.object({ id: z.string(), amount: z.number() }));
let orders = 0;

const card = told.screen({
  path: '/cards/{id}',
  field: 'card',
  parts: {
    owner: told.part(
      ({ input: { id } }) => ({ id, name: 'Ada', friend: { id: 'f', name: 'Bob', friend: null } }),
      {
        required: true,
        cache: { for: '10m', scope: 'private' },
      },
    ),
    said: told.part(({ input }) => JSON.stringify({ kinds: input.kinds, place: input.place }), {
      cache: { for: '10m', scope: 'private' },
    }),
    pet: told.part(() => ({ __typename: 'Dog', name: 'Rex' }), { cache: { for: '10m', scope: 'private' } }),
    broken: told.part((): number => {
      throw new Error('it never works');
    }),
  },
});
const order = ordered.flow({
  path: '/orders/{id}',
  field: 'order',
  status: 201,
  steps: [
    {
      number: ordered.step(({ input }) => {
        if (input.amount > 100) throw refuse({ title: 'Too much', members: { reason: 'tooMuch' } });
        orders += 1;
        return orders;
      }),
    },
  ],
  answer: ({ use }) => ({ number: use('number'), fare: { amount: 1 } }),
});
const plain = kit.screen({
  path: '/plain',
  field: 'plain',
  parts: {
    fare: kit.part(() => ({ amount: 2 }), { required: true, cache: { for: '10m', scope: 'shared' } }),
  },
});
const ticks = kit.live({
  path: '/ticks',
  field: 'ticks',
  updates: {
    tick: kit.feed(async function* () {
      yield 1;
      yield 2;
    }),
  },
  until: { tick: (tick) => tick === 2 },
});

export default defineBff({
  name: 'clients',
  schema: `
    type Query { "One card." card(id: ID!, kinds: [Kind!], place: PlaceInput): Card plain: Plain }
    type Mutation { order(id: ID!, amount: Float!, idempotencyKey: ID): Order }
    type Subscription { ticks: Ticks }
    enum Kind { paper mail }
    input PlaceInput { x: Float! }
    type Card { owner: Person! said: String pet: Pet broken: Int }
    type Person { id: ID! name: String! friend: Person old: Int @deprecated }
    union Pet = Cat | Dog
    type Cat { name: Int! }
    type Dog { name: String! }
    type Plain { fare: Money! }
    type Order { number: Int! fare: Money! }
    type Money { amount: Int! }
    type Ticks { tick: Int }
  `,
  screens: [card, plain],
  flows: [order],
  live: [ticks],
});

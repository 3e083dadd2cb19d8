import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { json } from '../backend.ts';
import { type ClosedStages, flowMaker } from './flow.ts';
import { type Step, stepMaker, type UndoContext, type ValueOfStep } from './flow-step.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Expect<Claim extends true> = Claim;

interface Rider {
  readonly id: string;
}
const backends = {
  users: { get: { '/users/{id}': json<Rider>() } },
  payments: { post: { '/authorizations': json<{ readonly id: string }>(), '/voids': json<null>() } },
} as const;
const Ride = z.object({ amount: z.number() });
type Told = { amount: number };
const step = stepMaker<typeof backends, Told>(Ride);
const flow = flowMaker<Told>(Ride);

const rider = step(({ rest }) => rest.users.get('/users/{id}', { path: { id: 1 } }));
const payment = step(
  ({ rest, use, input, key }) =>
    rest.payments.post('/authorizations', {
      body: { user: use('rider').id, amount: input.amount },
      headers: { 'idempotency-key': key },
    }),
  {
    uses: { rider },
    undo: ({ rest, value, key }) => {
      const id: string | undefined = value?.id;
      return rest.payments.post('/voids', { body: { key, id } });
    },
  },
);
const notify = step(() => 7, { optional: true, uses: { payment } });

const ride = flow({
  path: '/rides',
  field: 'requestRide',
  status: 201,
  steps: [{ rider }, { payment }, { notify }],
  answer: ({ use, input }) => {
    const told: number | undefined = use('notify');
    return { payment: use('payment').id, told, amount: input.amount };
  },
});

type UndoOfPayment = UndoContext<typeof backends, { readonly id: string }, { readonly rider: Rider }, Told>;

export type Claims = [
  Expect<Same<ValueOfStep<typeof rider>, Rider>>,
  Expect<Same<ValueOfStep<typeof notify>, number | undefined>>,
  Expect<Same<UndoOfPayment['value'], { readonly id: string } | undefined>>,
  Expect<typeof payment extends Step ? true : false>,
  Expect<
    Same<
      ClosedStages<readonly [{ payment: typeof payment }, { rider: typeof rider }]>[0]['payment'],
      { readonly 'uses a step that no earlier stage has': 'rider' }
    >
  >,
  Expect<
    Same<ClosedStages<readonly [{ rider: typeof rider }, { payment: typeof payment }]>[1]['payment'], unknown>
  >,
];

const base = { path: '/f', field: 'f', answer: () => null } as const;

describe('a flow', () => {
  it('knows its stages, its pivot and what it answers with', () => {
    assert.equal(ride.kind, 'flow');
    assert.deepEqual(Object.keys(ride.steps), ['rider', 'payment', 'notify']);
    assert.equal(ride.pivot, 1);
    assert.equal(ride.idempotency, 'required');
    assert.equal(ride.status, 201);
    assert.equal(ride.steps.payment?.undoTimeoutMs, 5000);
  });

  it('refuses what cannot run', () => {
    const told = (steps: readonly Readonly<Record<string, Step>>[]) => () =>
      flowMaker(Ride)({ ...base, steps: [...steps] });
    assert.throws(told([]), /all of its steps are optional/);
    assert.throws(told([{}]), /a stage has no steps/);
    assert.throws(told([{ 'a-b': rider }]), /"a-b" is no name of a step/);
    assert.throws(told([{ rider }, { rider }]), /two steps are called rider/);
    assert.throws(told([{ payment }]), /step payment uses rider, which no earlier stage has/);
    assert.throws(told([{ rider, payment }]), /step payment uses rider/);
    assert.throws(told([{ rider: step(() => 1) }, { payment }]), /step payment uses rider/);
    assert.throws(() => flowMaker<unknown>()({ ...base, steps: [{ rider }] }), /made for another input/);
    assert.throws(
      () =>
        flowMaker(z.object({ idempotencyKey: z.string() }))({
          ...base,
          steps: [{ a: stepMaker()(() => 1) }],
        }),
      /called idempotencyKey/,
    );
  });
});

describe('a step', () => {
  it('refuses options that contradict each other', () => {
    assert.throws(() => step(() => 1, { optional: true, undo: () => 1 }), /an optional step has no undo/);
    assert.throws(() => step(() => 1, { retry: 1 }), /only a repeatable step/);
    assert.throws(() => step(() => 1, { retry: 1.5, repeatable: true }), /whole number/);
    assert.throws(
      () => Reflect.apply(step, undefined, [() => 1, { timeout: '5' }]),
      /timeout: expected a duration/,
    );
  });
});

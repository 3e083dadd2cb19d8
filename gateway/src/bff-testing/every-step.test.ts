import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyStepMayFail } from './index.ts';
import { books, flow, kit, ride, step } from './ride.fixture.ts';

describe('everyStepMayFail', () => {
  it('holds for a flow whose steps can be undone, in its backends’ own books', async () => {
    let world = books();
    const { rows, table } = await everyStepMayFail(ride, {
      fakes: () => {
        world = books();
        return world.fakes;
      },
      check({ outcome, done }) {
        const expected = outcome === 'answered' ? done.filter((name) => name !== 'notify').length : 0;
        assert.equal(world.there.size, expected, `${world.there.size} are there, not ${expected}`);
      },
    });
    assert.equal(rows.length, 3 * 8 + 2 * 3);
    assert.match(table, /^trip +crash after +failed +payment trip$/m);
    assert.match(table, /^notify +timeout +answered +payment trip$/m);
    assert.match(table, /^undo payment +crash before +failed/m);
  });

  it('rejects with a table for one whose undo does not close the key', async () => {
    const payment = step(
      ({ rest, key }) =>
        rest.payments.post('/authorizations', { headers: { 'Idempotency-Key': key }, body: { amount: 1 } }),
      {
        // It goes by what it was answered, which a lost answer does not say.
        undo: async ({ rest, key, value }) => value && rest.payments.post('/voids', { body: { key } }),
      },
    );
    const careless = flow({ path: '/c', field: 'careless', steps: [{ payment }], answer: () => 'done' });
    let world = books();
    const fakes = () => {
      world = books();
      return world.fakes;
    };
    const check = ({ outcome }: { readonly outcome: string }) =>
      assert.equal(world.there.size, outcome === 'answered' ? 1 : 0, 'money is held');
    await assert.rejects(everyStepMayFail(careless, { fakes, check }), (error: Error) => {
      assert.match(error.message, /flow careless does not do all or nothing/);
      assert.match(error.message, /^payment +lost answer +failed +payment +✖ money is held$/m);
      return true;
    });
    assert.ok(kit.backends);
  });
});

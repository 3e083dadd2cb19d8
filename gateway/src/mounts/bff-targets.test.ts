import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBackends, defineBff, z } from '../bff/index.ts';
import { configSchema } from '../config/schema.ts';
import { planMounts } from './mount-plan.ts';

const kit = defineBackends({});
const one = kit.takes(z.object({ id: z.string() }));
const bff = defineBff({
  name: 'rides',
  schema: '',
  backends: kit,
  screens: [
    one.screen({
      path: '/rides/{id}',
      field: 'ride',
      scopes: ['rides:read'],
      policies: ['daytime'],
      priority: 'high',
      parts: { id: one.part(({ input }) => input.id) },
    }),
  ],
  flows: [
    kit.flow({ path: '/rides', field: 'orderRide', steps: [{ id: kit.step(() => 1) }], answer: () => 1 }),
  ],
});

/** The plan of one route, and of nothing that stands at the mount. */
function planOf(route: object) {
  const config = configSchema.parse({
    auth: { apiKey: {} },
    bffs: [{ package: './rides.mjs', mount: '/rides-app', name: 'rides' }],
    routes: [route],
  });
  return planMounts(config, [bff]).find(({ source }) => source.startsWith('routes'));
}

describe('a route to an operation of a BFF', () => {
  it('has the guards of the route and what the operation asks for', () => {
    const plan = planOf({
      match: { path: '/api/rides/:id' },
      to: { bff: './rides.mjs', screen: 'ride' },
      auth: ['apiKey'],
      scopes: ['partner'],
      limit: { capacity: 5, refill: '5/min' },
      deadline: '1s',
    });
    assert.deepEqual(plan?.answer, { kind: 'bff', index: 0, path: '/rides-app/rides/:id', field: 'ride' });
    assert.deepEqual(plan.match.methods, ['GET', 'HEAD']);
    assert.deepEqual(plan.grants.scopes, [{ require: 'all', names: ['partner', 'rides:read'] }]);
    assert.deepEqual(plan.policies, ['daytime']);
    assert.deepEqual([plan.deadlineMs, plan.priority, plan.bff], [1000, 'high', 0]);
    assert.ok(typeof plan.limit === 'object');
  });

  it("finds the BFF by its name too, and has the operation's own deadline", () => {
    const plan = planOf({ match: { path: '/api/rides' }, to: { bff: 'rides', flow: 'orderRide' } });
    assert.deepEqual(plan?.match.methods, ['POST']);
    assert.equal(plan.deadlineMs, 5000);
  });

  it('is refused where the operation is another, or the route cannot tell it what it is told', () => {
    const refused = (route: object, message: RegExp) => assert.throws(() => planOf(route), message);
    refused(
      { match: { path: '/a' }, to: { bff: 'rides', flow: 'orderRides' } },
      /BFF rides:\n {2}routes: it has no flow "orderRides"; did you mean "orderRide"\?/,
    );
    refused({ match: { path: '/a' }, to: { bff: 'rides', live: 'ride' } }, /it has no live "ride"/);
    refused(
      { match: { path: '/a/:name' }, to: { bff: 'rides', screen: 'ride' } },
      /the route to screen ride lacks the parameter ":id" in its path/,
    );
    refused(
      { match: { path: '/a', methods: ['GET'] }, to: { bff: 'rides', flow: 'orderRide' } },
      /has the method GET, which that does not answer: POST/,
    );
  });

  it('is there for a regular expression with such a group', () => {
    const path = { regex: '/x/(?<id>[a-z]+)' };
    assert.ok(planOf({ match: { path }, to: { bff: 'rides', screen: 'ride' } }));
  });
});

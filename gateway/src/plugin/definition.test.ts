import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { DOOR_STEPS, OUTBOUND_STEPS, type Place, ROUTE_STEPS } from '../core/placed-steps.ts';
import { definePlugin, isPlugin, type PluginNext, placeFault } from './definition.ts';

const allowed = (face: 'middleware' | 'policy', names: readonly string[]): string[] =>
  names.flatMap((name) =>
    ([{ before: name }, { after: name }] as Place[]).flatMap((place) =>
      placeFault(face, place) === undefined ? [`${place.before ? 'before' : 'after'} ${name}`] : [],
    ),
  );

test('places that would take protection away are refused, with the reason', () => {
  assert.deepEqual(allowed('middleware', DOOR_STEPS), [
    'after hygiene',
    'before globalLimit',
    'after globalLimit',
    'before match',
  ]);
  assert.equal(allowed('middleware', ROUTE_STEPS)[0], 'after deadline');
  assert.equal(allowed('middleware', ROUTE_STEPS).at(-1), 'before handler');
  assert.equal(allowed('policy', OUTBOUND_STEPS)[0], 'after forwarding');
  assert.equal(allowed('policy', OUTBOUND_STEPS).at(-1), 'before observation');
  assert.match(placeFault('middleware', { before: 'requestId' }) ?? '', /no id, no log line/);
  assert.match(placeFault('policy', { after: 'balance' }) ?? '', /open its breaker/);
  assert.match(placeFault('policy', { after: 'deadline' }) ?? '', /no step is named "deadline"/);
});

test('a definition that is none is refused', () => {
  const middleware = () => (_: unknown, next: PluginNext) => next();
  const common = {
    config: z.strictObject({ a: z.int() }),
    place: { after: 'deadline' },
    middleware,
  } as const;
  assert.throws(() => definePlugin({ ...common, name: 'No' }), /no name of a plugin/);
  assert.throws(() => definePlugin({ ...common, name: 'a', reads: { requestBytes: 1e9 } }), /at most/);
  const plugin = definePlugin({ ...common, name: 'a' });
  assert.ok(isPlugin(plugin) && !isPlugin({}));
  const context = { name: 'a', folder: '.', log: console, onClose: () => {} };
  assert.throws(() => plugin.open({ a: 'x' }, context));
  assert.equal(plugin.open({ a: 1 }, context).face, 'middleware');
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  compareRoutes,
  compareWithinPath,
  compileRoute,
  isRegex,
  takesMethod,
  takesPath,
  takingHost,
} from './route.ts';
import { NO_ROUTING } from './routing.ts';

const route = (path: string | { regex: string }, hosts?: string[], methods?: string[]) =>
  compileRoute({ match: { path, hosts, methods }, value: undefined, source: 'here' }, 0, NO_ROUTING);

describe('route', () => {
  it('is labelled by its path in canonical form, a regular expression by ~', () => {
    assert.equal(route('/%61/:b/').template, '/a/:b');
    assert.equal(route({ regex: '/a+' }).template, '~/a+');
    assert.ok(isRegex(route({ regex: '/a+' }).path));
    assert.throws(() => route('/', ['a:80']), RangeError);
  });

  it('takes paths by segment', () => {
    assert.ok(takesPath(route('/a/:b'), '/a/x'));
    assert.ok(!takesPath(route('/a/:b'), '/a'));
    assert.ok(takesPath(route('/a/*'), '/a'));
    assert.ok(!takesPath(route('/a/*'), '/ab'));
    assert.ok(takesPath(route('/'), '/'));
    assert.ok(takesPath(route({ regex: '/a+' }), '/aa'));
  });

  it('takes hosts by the most particular of its patterns', () => {
    const some = route('/', ['*.b', '*.a.b', 'x.a.b']);
    assert.equal(takingHost(some, 'x.a.b'), 'x.a.b');
    assert.equal(takingHost(some, 'y.a.b'), '*.a.b');
    assert.equal(takingHost(some, 'c'), false);
    assert.equal(takingHost(route('/'), 'c'), undefined);
  });

  it('takes HEAD with GET, and all methods where it lists none', () => {
    assert.ok(takesMethod(route('/', undefined, ['GET']), 'HEAD'));
    assert.ok(!takesMethod(route('/', undefined, ['POST']), 'HEAD'));
    assert.ok(takesMethod(route('/'), 'DELETE'));
  });

  it('compares by host, kind, length, literals, priority, conditions, methods', () => {
    const inOrder = [
      route('/a/b'),
      route('/a/:b'),
      route('/a/b/*'),
      route('/a/*'),
      route({ regex: '/a/.*' }),
    ];
    for (let i = 1; i < inOrder.length; i += 1) {
      const [before, after] = [inOrder[i - 1], inOrder[i]];
      assert.ok(before && after && compareRoutes(before, undefined, after, undefined) < 0);
    }
    const [low, high, asking] = [{}, { priority: 1 }, { headers: { a: '1' } }].map((more, order) =>
      compileRoute(
        { match: { path: '/', methods: order === 0 ? ['GET'] : undefined, ...more }, value: 0 },
        order,
        NO_ROUTING,
      ),
    );
    assert.ok(low && high && asking);
    assert.ok(compareWithinPath(high, asking) < 0 && compareWithinPath(asking, low) < 0);
    assert.ok(compareRoutes(route('/*'), '*.a', route('/a'), undefined) < 0);
    assert.ok(compareRoutes(route('/', undefined, ['GET']), undefined, route('/'), undefined) < 0);
  });
});

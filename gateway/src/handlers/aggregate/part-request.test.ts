import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { compileRequest, compileVariables, type TemplateFault, type WrittenRequest } from './part-request.ts';

const clock = new ManualClock();
const parts = new Set(['user']);

function compile(written: Partial<WrittenRequest>) {
  const faults: TemplateFault[] = [];
  const request = compileRequest({ path: '/', query: {}, headers: {}, ...written }, parts, (path, message) =>
    faults.push({ path, message }),
  );
  return { faults, make: (user: unknown, query = '') => request.make(source(user, query)) };
}

function source(user: unknown, query = '') {
  return {
    exchange: exchangeOn(clock, { query }),
    clock,
    body: undefined,
    values: new Map([['user', user]]),
  };
}

describe('addresses', () => {
  it('have values in path and query; what may be missing takes its parameter along', () => {
    const { make, faults } = compile({
      path: '/users/{user.id}/orders?page={query.page?}&fixed=1&flag',
      query: { size: '{query.size?}', by: '{user.id}' },
    });
    assert.deepEqual(faults, []);
    assert.equal(make({ id: 'a b' }).path, '/users/a%20b/orders?fixed=1&flag=&by=a%20b');
    assert.equal(make({ id: 1 }, 'page=2&size=3').path, '/users/1/orders?page=2&fixed=1&flag=&size=3&by=1');
  });

  it('keep their segments and their query, whatever a value holds', () => {
    const { make } = compile({ path: '/users/{user.id}/x.{user.id}?a={user.id}&b=1' });
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('..', '.', '/', '%2e', '?x', '#', '&b=2', ';')),
        (id) => {
          let path: string;
          try {
            path = make({ id }).path;
          } catch (error) {
            assert.match(String(Object(error).code), /^(upstream_invalid|bad_request)$/);
            return;
          }
          const url = new URL(path, 'http://backend');
          assert.equal(url.host, 'backend');
          assert.equal(url.pathname.split('/').length, 4);
          assert.equal(path.split('?').length, 2);
          assert.deepEqual([...url.searchParams.keys()], ['a', 'b']);
          assert.equal(url.searchParams.get('a'), id);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuse values that would be segments: a backend would be at fault, or the client', () => {
    for (const id of ['..', '.', 'a/b', 'a\\b', 'a\0']) {
      assert.throws(() => compile({ path: '/x/{user.id}' }).make({ id }), { code: 'upstream_invalid' }, id);
    }
    const { make } = compile({ path: '/x/{query.id}' });
    assert.throws(() => make({}, 'id=..'), { code: 'bad_request' });
  });
});

describe('fields', () => {
  it('cannot be ended by a value', () => {
    const { make } = compile({ headers: { 'x-user': '{user.id}', 'x-page': '{query.page?}' } });
    assert.deepEqual(make({ id: 'a\r\nx: y' }).headers, { 'x-user': 'a%0D%0Ax: y' });
    assert.equal(compile({}).make({}).headers, undefined);
  });
});

describe('bodies', () => {
  it('are JSON with values of their own types; what may be missing is left out', () => {
    const { make } = compile({
      body: {
        id: '{user.id}',
        list: ['{query.page?}', 'n {user.id}', 1, null],
        page: '{query.page?}',
        deep: { no: true },
      },
    });
    assert.deepEqual(make({ id: 7 }).body, { id: 7, list: ['n 7', 1, null], deep: { no: true } });
    assert.equal(compile({ body: '{query.page?}' }).make({}).body, undefined);
  });

  it('are variables of operations too', () => {
    const { make, places } = compileVariables({ id: '{user.id}', n: 1 }, parts, assert.fail);
    assert.deepEqual(make(source({ id: [1] })), { id: [1], n: 1 });
    assert.deepEqual(
      places.map(({ name }) => name),
      ['user.id'],
    );
  });
});

describe('faults', () => {
  it('are told where they are', () => {
    const { faults } = compile({
      path: '/a//b?x y',
      query: { q: '{nobody.id}' },
      headers: { h: '{' },
      body: { list: ['{lost'] },
    });
    assert.deepEqual(
      faults.map(({ path }) => path.join('.')),
      ['path', 'path', 'query.q', 'headers.h', 'body.list.0'],
    );
    assert.match(faults[0]?.message ?? '', /empty segment/);
    for (const path of ['users', '//host/x', '/{query.id?}', '/../x'])
      assert.equal(compile({ path }).faults.length, 1, path);
  });
});

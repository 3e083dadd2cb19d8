import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import {
  ClientInput,
  hiddenFields,
  IdentityInput,
  InputError,
  PolicyScope,
  RequestInput,
  visibleHeaders,
} from './input.ts';

test('fields of one name are one text, and credentials are left out', () => {
  const headers = new HeaderFields(['a', '1', 'authorization', 'x', 'a', '2', 'x-key', 'k']);
  assert.deepEqual([...visibleHeaders(headers, hiddenFields(['x-key']))], [['a', '1, 2']]);
  assert.deepEqual([...visibleHeaders(undefined, new Set())], []);
});

test('a parameter that is no good UTF-8 stays as it came', () => {
  const { exchange } = makeExchange();
  exchange.route = {
    template: '/',
    kind: 'x',
    params: { a: '%ff', b: 'x%2Fy' },
    chain: () => Promise.reject(new Error()),
  };
  assert.deepEqual(
    [...new RequestInput(exchange, new Set()).params],
    [
      ['a', '%ff'],
      ['b', 'x/y'],
    ],
  );
});

test('without an exchange there is no method and no path', () => {
  const scope = new PolicyScope({ identity: undefined, client: undefined, host: 'h' }, new Set(), 5);
  assert.deepEqual(
    [scope.request.method, scope.request.path, scope.request.host],
    [undefined, undefined, 'h'],
  );
  assert.equal(scope.now.getTime(), 5);
  assert.equal(
    new ClientInput({ identity: undefined, client: undefined, host: undefined }).address,
    undefined,
  );
});

test('claims are held to their bounds, and looked through once', () => {
  const claims = { a: { b: Array.from({ length: 2000 }, () => 1) } };
  const input = new IdentityInput(makeIdentity({ claims }));
  assert.throws(() => input.claims, InputError);
  const good = { a: 1 };
  assert.equal(new IdentityInput(makeIdentity({ claims: good })).claims, good);
  assert.deepEqual(new IdentityInput(undefined).claims, {});
});

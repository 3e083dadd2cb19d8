import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { formDecoded, RequestView } from './request-view.ts';

function view(query: string, fields: readonly string[] = [], path = '/'): RequestView {
  const headers = new HeaderFields([...fields]);
  return new RequestView(
    { method: 'GET', host: 'h', path, query, headers, client: { scheme: 'http' } },
    path,
  );
}

test('a name that comes more than once has all its values', () => {
  const all = view('a=1&b&a=2', ['x', '1', 'y', '2', 'x', '3', 'cookie', 'c=1; d=2', 'cookie', 'c=3']);
  assert.deepEqual([all.header('x'), all.header('y'), all.header('z')], ['1, 3', '2', undefined]);
  assert.deepEqual([all.queryParam('a'), all.queryParam('b'), all.queryParam('c')], ['1, 2', '', undefined]);
  assert.deepEqual([all.cookie('c'), all.cookie('d'), all.cookie('x')], ['1, 3', '2', undefined]);
});

test('a query is decoded as forms are; what is encoded wrongly stays', () => {
  assert.equal(view('%61+b=%C3%BC+%2B').queryParam('a b'), 'ü +');
  assert.equal(formDecoded('%zz+'), '%zz ');
  assert.equal(view('=1').queryParam(''), '1');
  assert.equal(view('__proto__=1').queryParam('__proto__'), '1');
});

test('a cookie is without the quotes around it, and what is none is passed over', () => {
  const { cookie } = { cookie: view('', ['cookie', 'a="x y" ;nonsense; b = 2;c="']) };
  assert.deepEqual([cookie.cookie('a'), cookie.cookie('b'), cookie.cookie('c')], ['x y', '2', '"']);
});

test('segments of the path are decoded; what is derived is asked once', () => {
  const one = view('', [], '/t/acme%20x');
  assert.deepEqual([one.segment(1), one.segment(2)], ['acme x', undefined]);
  let asked = 0;
  const derive = (): undefined => {
    asked += 1;
    return undefined;
  };
  one.derived(derive);
  one.derived(derive);
  assert.equal(asked, 1);
});

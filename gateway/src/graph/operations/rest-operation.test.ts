import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRestOperations } from './rest-operation.ts';

const faults = (text: string) =>
  parseRestOperations(text).faults.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('operations with routes', () => {
  it('have a route, variables, and a document without the directive, with its own fragments alone', () => {
    const { operations, faults: none } = parseRestOperations(`
      query Order($id: ID!, $first: Int = 3) @rest(path: "/orders/{id}", data: "order", scopes: ["orders:read"]) {
        order(id: $id) { ...F items(first: $first) { upc } }
      }
      mutation Place($input: In!) @rest(method: PUT, path: "/orders", body: "input", status: 201) { place(input: $input) { id } }
      fragment F on Order { id ...G }
      fragment G on Order { number }
    `);
    assert.deepEqual(none, []);
    const [order, place] = operations;
    assert.ok(order && place);
    assert.deepEqual(
      [order.name, order.method, order.path, order.parameters],
      ['Order', 'GET', '/orders/{id}', ['id']],
    );
    assert.deepEqual([order.data, order.scopes, order.status], ['order', ['orders:read'], 200]);
    assert.deepEqual(
      [...order.variables.values()].map(({ name, required }) => [name, required]),
      [
        ['id', true],
        ['first', false],
      ],
    );
    assert.doesNotMatch(order.text, /@rest/);
    assert.match(order.text, /fragment F[\s\S]*fragment G/);
    assert.deepEqual([place.method, place.body, place.status], ['PUT', 'input', 201]);
    assert.doesNotMatch(place.text, /fragment/);
  });

  it('say where they are wrong', () => {
    const cases: [string, string][] = [
      ['query A {', '1:10 Syntax Error: Expected Name, found <EOF>.'],
      ['type A { b: Int }', '1:1 expected operations and fragments alone'],
      ['query @rest(path: "/a") { a }', '1:1 expected a name: query Order … { … }'],
      ['query A { a }', '1:7 A lacks its route: @rest(path: "/…")'],
      ['query A @rest(path: "a") { a }', '1:9 path: expected a path such as "/orders/{id}", not "a"'],
      ['query A @rest(path: "/{x}") { a }', '1:9 path: there is no variable $x'],
      [
        'query A @rest(path: "/a", verb: "GET") { a }',
        '1:27 @rest has no verb: expected path, method, data, body, status, scopes, summary',
      ],
      ['mutation A @rest(path: "/a", method: GET) { a }', '1:12 method: a mutation is no GET'],
      ['query A @rest(path: "/a", data: "b") { a }', '1:9 data: the operation selects no b'],
      ['query A @rest(path: "/a", status: 404) { a }', '1:9 status: expected 200 to 299'],
      ['query A @rest(path: "/a", body: "b") { a }', '1:9 body: there is no variable $b'],
    ];
    for (const [text, fault] of cases) assert.equal(faults(text)[0], fault, text);
    assert.match(faults('subscription A @rest(path: "/a") { a }')[0] ?? '', /expected a query or a mutation/);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PathTable, Search } from './path-table.ts';
import { compileRoute, type Route } from './route.ts';

function make(path: string, methods?: string[]): Route<string> {
  return compileRoute({ match: { path, methods }, value: path }, 0);
}

describe('path table', () => {
  it('gives back the route in the way of another, and keeps the first', () => {
    const table = new PathTable<string>();
    const first = make('/a/:x/*');
    assert.equal(table.add(first), undefined);
    assert.equal(table.add(make('/a/:y/*')), first);
    assert.equal(table.add(make('/a/:y/*', ['GET'])), undefined);
    assert.equal(table.find(new Search('PUT', '/a/b/c')), first);
  });

  it('gathers allowed methods over the tables that one search goes through', () => {
    const [one, other] = [new PathTable<string>(), new PathTable<string>()];
    one.add(make('/a', ['GET']));
    other.add(make('/*', ['PUT']));
    const search = new Search<string>('POST', '/a');
    assert.equal(one.find(search) ?? other.find(search), undefined);
    assert.deepEqual([...(search.allowed ?? [])], ['GET', 'PUT']);
  });
});

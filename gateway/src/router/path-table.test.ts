import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import { PathTable } from './path-table.ts';
import { compileRoute, type Route } from './route.ts';
import { NO_ROUTING } from './routing.ts';
import { Search } from './search.ts';

function make(path: string, methods?: string[]): Route<string> {
  return compileRoute({ match: { path, methods }, value: path }, 0, NO_ROUTING);
}

function search(method: string, path: string): Search<string> {
  const client = { scheme: 'http' };
  return new Search({ method, path, host: 'h', query: '', headers: new HeaderFields(), client });
}

describe('path table', () => {
  it('gives back the route in the way of another, and keeps the first', () => {
    const table = new PathTable<string>();
    const first = make('/a/:x/*');
    assert.equal(table.add(first), undefined);
    assert.equal(table.add(make('/a/:y/*')), first);
    assert.equal(table.add(make('/a/:y/*', ['GET'])), undefined);
    table.seal();
    assert.equal(table.find(search('PUT', '/a/b/c')), first);
  });

  it('gathers allowed methods over the tables that one search goes through', () => {
    const [one, other] = [new PathTable<string>(), new PathTable<string>()];
    one.add(make('/a', ['GET']));
    other.add(make('/*', ['PUT']));
    one.seal();
    other.seal();
    const asked = search('POST', '/a');
    assert.equal(one.find(asked) ?? other.find(asked), undefined);
    assert.deepEqual([...(asked.allowed ?? [])], ['GET', 'PUT']);
  });

  it('asks regular expressions by the text that they begin with, the longest first', () => {
    const table = new PathTable<string>();
    const routes = ['/a/\\d+', '/a/b\\w+', '/.*', '/a/b.*x'].map((regex, order) =>
      compileRoute({ match: { path: { regex } }, value: regex }, order, NO_ROUTING),
    );
    for (const route of routes) assert.equal(table.add(route), undefined);
    table.seal();
    assert.equal(table.find(search('GET', '/a/7'))?.value, '/a/\\d+');
    assert.equal(table.find(search('GET', '/a/bx'))?.value, '/a/b\\w+');
    assert.equal(table.find(search('GET', '/a/b/x'))?.value, '/a/b.*x');
    assert.equal(table.find(search('GET', '/a/'))?.value, '/.*');
    assert.equal(table.find(search('GET', '*')), undefined);
  });
});

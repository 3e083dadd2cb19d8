import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareTemplates, matchHttpTemplate, parseHttpTemplate, templateShape } from './http-template.ts';

function match(template: string, path: string): readonly string[] | undefined {
  return matchHttpTemplate(parseHttpTemplate(template), path);
}

describe('templates of google.api.http', () => {
  for (const [template, path, values] of [
    ['/v1/drivers', '/v1/drivers', []],
    ['/v1/drivers', '/v1/drivers/', undefined],
    ['/v1/{id}', '/v1/a%2Fb%20c', ['a/b c']],
    ['/v1/{id}', '/v1/', undefined],
    ['/v1/{id}', '/v1/a/b', undefined],
    ['/v1/{name=shelves/*}', '/v1/shelves/7', ['shelves/7']],
    ['/v1/{name=shelves/*}', '/v1/books/7', undefined],
    ['/v1/{name=shelves/*/books/**}', '/v1/shelves/1/books/a/b', ['shelves/1/books/a/b']],
    ['/v1/{name=shelves/*}/{book.id}', '/v1/shelves/1/x', ['shelves/1', 'x']],
    ['/files/{path=**}', '/files/a%2Fb/c%20d', ['a%2Fb/c d']],
    ['/files/{path=**}', '/files', ['']],
    ['/v1/*/x', '/v1/anything/x', []],
    ['/v1/drivers:nearest', '/v1/drivers:nearest', []],
    ['/v1/drivers:nearest', '/v1/drivers', undefined],
    ['/v1/{name=orders/*}:cancel', '/v1/orders/5:cancel', ['orders/5']],
    ['/v1/{id}', '/v1/5:cancel', ['5:cancel']],
  ] as const) {
    it(`${template} and ${path}`, () => assert.deepEqual(match(template, path), values));
  }

  it('a value that is badly encoded is a fault', () => {
    assert.throws(() => match('/v1/{id}', '/v1/%E0%A4'), URIError);
  });

  it('what is no template', () => {
    for (const source of ['v1', '/v1/{', '/v1/{1x}', '/v1/{a=b', '/**/x', '/v1//x', '/v1/{a={b}}', '/a b']) {
      assert.throws(() => parseHttpTemplate(source), RangeError, source);
    }
  });

  it('says more: a verb, a literal, one segment, the rest', () => {
    const order = ['/v1/{path=**}', '/v1/{id}', '/v1/drivers', '/v1/{id}:cancel']
      .map(parseHttpTemplate)
      .sort(compareTemplates)
      .map(({ source }) => source);
    assert.deepEqual(order, ['/v1/{id}:cancel', '/v1/drivers', '/v1/{id}', '/v1/{path=**}']);
    assert.equal(
      templateShape(parseHttpTemplate('/v1/{a=x/*}:go')),
      templateShape(parseHttpTemplate('/v1/x/{b}:go')),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSchema } from 'graphql';
import { Refusal } from '../../graph/refusal.ts';
import { BffDocuments, documentFaults } from './bff-documents.ts';

const registered = [{ id: 'a', text: 'query A { a }', operationName: 'A' }];
const documents = new BffDocuments({ registered, onlyRegistered: true, automatic: undefined });
const post = (body: unknown) => documents.fill({ method: 'POST', search: '', body });

describe('what a request names', () => {
  it('is put into it, without the name of it', async () => {
    const filled = await post({ documentId: 'a', variables: { x: 1 }, extensions: { other: 1 } });
    assert.ok(!(filled instanceof Refusal));
    assert.deepEqual(filled.request.body, {
      query: 'query A { a }',
      operationName: 'A',
      variables: { x: 1 },
      extensions: { other: 1 },
    });
  });

  it('must be known, and be the only text where nothing else is served', async () => {
    for (const body of [{ documentId: 'b' }, { query: '{ a }' }, { documentId: 'a', query: '{ a }' }, {}]) {
      assert.ok((await post(body)) instanceof Refusal, JSON.stringify(body));
    }
  });

  it('is found wanting in a line for each fault', () => {
    const schema = buildSchema('type Query { a: Int }');
    const faults = documentFaults(schema, [
      ...registered,
      { id: 'b', text: '{ b', operationName: undefined },
    ]);
    assert.match(faults.join(), /^registered document b: Syntax Error/);
  });
});

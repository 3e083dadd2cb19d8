import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { collect, emptyBody, WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { exchangeOn } from '../../core/testing/exchange.ts';
import { parseRestOperations } from '../../graph/operations/rest-operation.ts';
import { Refusal } from '../../graph/refusal.ts';
import { type Company, makeCompany } from '../../graph/testing/company.fixture.ts';
import { operationHandler } from './operation-handler.ts';

const { operations, faults } = parseRestOperations(`
  query Who($id: ID!, $upper: Boolean) @rest(path: "/users/{id}", data: "user", summary: "One user") {
    user(id: $id) { id name(upper: $upper) role ...More }
  }
  query Everybody @rest(path: "/users") { users { id } }
  query Broken @rest(path: "/broken") { users { id boom } }
  mutation Rename($id: ID!, $name: String!) @rest(method: PATCH, path: "/users/{id}", data: "rename") {
    rename(id: $id, name: $name) { name }
  }
  mutation Role($id: ID!, $role: Role!) @rest(path: "/users/{id}/role", body: "role", status: 201) {
    setRole(id: $id, role: $role) { role }
  }
  fragment More on User { tags }
`);
let company: Company;

before(async () => {
  assert.deepEqual(faults, []);
  const registered = operations.map(({ name, text }) => ({ id: name, text, operationName: name }));
  company = await makeCompany({
    kept: true,
    graph: { registered },
    config: { documents: { only: 'registered' } },
  });
});

async function ask(
  name: string,
  params: Record<string, string> = {},
  sent: { query?: string; body?: unknown } = {},
) {
  const operation = operations.find((one) => one.name === name) ?? assert.fail();
  const handler = operationHandler({ operation, graph: company.graph, forward: [], maxBodyBytes: 1024 });
  const exchange = exchangeOn(systemClock, {
    method: operation.method,
    query: sent.query ?? '',
    body: sent.body === undefined ? emptyBody : new WholeBody(JSON.stringify(sent.body)),
    headers: HeaderFields.of({ 'content-type': 'application/json' }),
  });
  exchange.route = { template: '', kind: '', params, chain: async () => assert.fail() };
  const reply = await handler(exchange);
  const bytes = await collect(reply.body, 1e6, () => new Error('too large'));
  return { status: reply.status, headers: reply.headers, json: JSON.parse(Buffer.from(bytes).toString()) };
}

describe('a named operation as REST', () => {
  it('answers with its data, or the one field of it, also where registered documents alone are served', async () => {
    const one = await ask('Who', { id: '1' }, { query: 'upper=true' });
    assert.equal(one.status, 200);
    assert.equal(one.json.id, '1');
    assert.equal(one.json.name, one.json.name.toUpperCase());
    assert.deepEqual(Object.keys((await ask('Everybody')).json), ['users']);
  });

  it('takes variables from the body', async () => {
    assert.deepEqual((await ask('Rename', { id: '2' }, { body: { name: 'New' } })).json, { name: 'New' });
    assert.equal((await ask('Role', { id: '2' }, { body: 'ADMIN' })).status, 201);
  });

  it('is 404 where there is nothing, and names what could not be had', async () => {
    await assert.rejects(ask('Who', { id: 'nobody' }), { code: 'not_found' });
    const { json, headers } = await ask('Broken');
    assert.ok(json.users.some(({ boom }: { boom: unknown }) => boom === null));
    assert.equal(headers.get('frontdesk-incomplete'), 'users.boom');
  });

  it('refuses values that are not of their types, by the graph too', async () => {
    await assert.rejects(ask('Who', { id: '1' }, { query: 'upper=maybe' }), { code: 'invalid_request' });
    await assert.rejects(ask('Role', { id: '2' }, { body: 'KING' }), { code: 'invalid_request' });
  });

  it("is the caller's fault, and no backend's, where the graph will not serve it", async () => {
    const refusedAs = async (code: string) => {
      const errors = [{ message: 'why', extensions: { code } }];
      const refusal = new Refusal('refused', 400, errors);
      const graph = { execute: async () => ({ body: JSON.stringify({ errors }), errors: 1, refusal }) };
      const operation = operations.find((one) => one.name === 'Everybody') ?? assert.fail();
      const handler = operationHandler({ operation, graph, forward: [], maxBodyBytes: 1 });
      const thrown: unknown = await handler(exchangeOn(systemClock)).catch((error: unknown) => error);
      assert.ok(thrown instanceof FrontdeskError);
      return [thrown.code, thrown.members];
    };
    const errors = [{ detail: 'why' }];
    assert.deepEqual(await refusedAs('COST_LIMIT_EXCEEDED'), ['invalid_request', { errors }]);
    assert.deepEqual(await refusedAs('RATE_LIMITED'), ['rate_limited', { errors }]);
    assert.deepEqual(await refusedAs('PERSISTED_DOCUMENT_NOT_FOUND'), ['not_found', {}]);
  });
});

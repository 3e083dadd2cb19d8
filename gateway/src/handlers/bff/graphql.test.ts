import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { serverAudits } from 'graphql-http';
import { collect, emptyBody, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { AutomaticDocuments } from '../../graph/persisted/automatic.ts';
import { automaticSettingsOf, documentsConfig } from '../../graph/persisted/config.ts';
import { bffGraphqlConfig } from './graphql-config.ts';
import { disposeAll, exchangeOf, mounted, read } from './mount.fixture.ts';

after(disposeAll);

describe('the GraphQL face', () => {
  it('fetches the selected parts alone', async () => {
    const { ask, asked } = await mounted();
    const { json, status } = await read(
      await ask('{ a: home { ...F } home { tips @skip(if: true) } } fragment F on Home { user { name } }'),
    );
    assert.equal(status, 200);
    assert.deepEqual(json, { data: { a: { user: { name: 'Ada' } }, home: {} } });
    assert.deepEqual(asked, ['users']);
  });

  it('starts a screen once, however often it is selected', async () => {
    const { ask, asked } = await mounted();
    await ask('{ a: home { tips orders } b: home { tips orders } }');
    assert.deepEqual(asked, ['tips', 'graph']);
  });

  it('puts null with an error for what is missing, and the fallback without one', async () => {
    const { ask } = await mounted(['tips', 'graph']);
    const { json, headers } = await read(await ask('{ home { orders tips user { name } } }'));
    assert.deepEqual(json.data, { home: { orders: [], tips: null, user: { name: 'Ada' } } });
    assert.deepEqual(json.errors, [
      {
        message: 'A backend is unavailable',
        locations: [{ line: 1, column: 17 }],
        path: ['home', 'tips'],
        extensions: { code: 'CIRCUIT_OPEN' },
      },
    ]);
    assert.deepEqual(json.extensions, { incomplete: ['orders', 'tips'] });
    assert.equal(headers.get('frontdesk-incomplete'), 'orders, tips');
  });

  it('has no screen without a required part, and one error for it', async () => {
    const { ask } = await mounted(['users', 'tips']);
    const { json, headers, text } = await read(await ask('{ home { user { name } tips } }'));
    assert.deepEqual(json.data, { home: null });
    const error = json.errors.find(({ path }: { path: string[] }) => path.join('.') === 'home.user');
    assert.deepEqual(error.extensions, { part: 'user', code: 'PART_FAILED' });
    assert.equal(headers.get('retry-after'), '30');
    assert.doesNotMatch(text, /secret-host|stack/);
  });

  it("asks for the screen's scopes", async () => {
    const { ask, asked } = await mounted();
    const { json } = await read(await ask('{ home { tips } }', []));
    assert.equal(json.errors[0].extensions.code, 'INSUFFICIENT_SCOPE');
    assert.deepEqual(asked, []);
  });

  it('keeps its schema to itself unless told otherwise', async () => {
    const shut = await read(await (await mounted()).ask('{ __schema { queryType { name } } }'));
    assert.equal(shut.status, 400);
    const misspelt = await read(await (await mounted()).ask('{ home { tip } }'));
    assert.doesNotMatch(misspelt.text, /Did you mean/);
    const open = await mounted([], { introspection: true });
    const { json } = await read(await open.ask('{ __schema { queryType { name } } }'));
    assert.equal(json.data.__schema.queryType.name, 'Query');
  });

  it('takes queries by GET only with a sign that no foreign page sent them', async () => {
    const { route } = await mounted();
    const query = `query=${encodeURIComponent('{ home { tips } }')}`;
    const ask = (headers: Record<string, string>) =>
      route('/m/graphql').handler(exchangeOf({ query, headers: HeaderFields.of(headers) }, ['home:read']));
    assert.equal((await read(await ask({}))).status, 400);
    assert.equal((await read(await ask({ 'apollo-require-preflight': '1' }))).status, 200);
    const page = await read(await ask({ accept: 'text/html', 'apollo-require-preflight': '1' }));
    assert.doesNotMatch(page.text, /<html/);
  });

  it('refuses bodies of another type, broken, too large, batched, too long or too deep', async () => {
    const { post, ask } = await mounted();
    await assert.rejects(post('query=x', { 'content-type': 'text/plain' }), {
      code: 'unsupported_media_type',
    });
    await assert.rejects(post('{"query":'), { code: 'bad_request' });
    await assert.rejects(post(JSON.stringify({ query: ' '.repeat(300_000) })), { code: 'payload_too_large' });
    assert.equal((await read(await post('[{"query":"{ home { tips } }"}]'))).status, 400);
    assert.equal((await read(await ask(`{ ${'a: __typename '.repeat(2000)} }`))).status, 400);
    const deep = await read(
      await ask(`{ home { user { ${'friend { '.repeat(12)} name ${'} '.repeat(12)} } } }`),
    );
    assert.equal(deep.status, 400);
    assert.match(deep.text, /exceeds the limit of 12 on its depth/);
  });

  it('H107: nests no document and no variables to the end of the stack, and says nothing of a stack', async () => {
    const { post, ask, route } = await mounted();
    for (const literal of ['[', '{a:', '{a:[']) {
      const { status, text } = await read(await ask(`{ home(a: ${literal.repeat(600)}`));
      assert.equal(status, 400);
      assert.match(text, /The document is nested too deeply/);
    }
    const named = { query: '{ home { tips } }', variables: { a: 'DEEP' } };
    const body = JSON.stringify(named).replace('"DEEP"', '['.repeat(5000) + ']'.repeat(5000));
    await assert.rejects(post(body), { code: 'bad_request' });
    const query = `query=${'['.repeat(1000)}`;
    const headers = HeaderFields.of({ 'apollo-require-preflight': '1' });
    const got = await read(await route('/m/graphql').handler(exchangeOf({ query, headers }, ['home:read'])));
    assert.equal(got.status, 400);
    assert.doesNotMatch(got.text, /stack/);
  });

  it('D67: takes JSON in UTF-8 and in nothing else', async () => {
    const { post } = await mounted();
    const body = '{"query":"{ home { tips } }"}';
    for (const charset of ['utf-16', 'utf-7', 'latin1']) {
      const type = { 'content-type': `application/json; charset=${charset}` };
      await assert.rejects(post(body, type), { code: 'unsupported_media_type' });
    }
    await assert.rejects(post(`\ufeff${body}`), { code: 'bad_request' });
    const { status } = await read(await post(body, { 'content-type': 'application/json; charset=UTF-8' }));
    assert.equal(status, 200);
  });

  it('ends with the exchange', async () => {
    const { route } = await mounted();
    const body = new WholeBody(JSON.stringify({ query: '{ home { tips } }' }));
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    const exchange = exchangeOf({ method: 'POST', body, headers }, ['home:read']);
    exchange.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(route('/m/graphql').handler(exchange), { code: 'client_closed' });
  });
});

describe('documents that clients know by name', () => {
  const text = '{ home { tips } }';
  const hash = createHash('sha256').update(text).digest('hex');
  const registered = [{ id: 'tips', text: 'query Tips { home { tips } }', operationName: 'Tips' }];
  const automaticSettings = automaticSettingsOf(documentsConfig.parse(undefined)) ?? assert.fail();
  const persisted = (more: object = {}) =>
    JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } }, ...more });

  it('are registered by clients with their hash, once they have proved to be good', async () => {
    const documents = { registered: [], automatic: new AutomaticDocuments(automaticSettings) };
    const { post } = await mounted([], { documents });
    const first = await read(await post(persisted()));
    assert.equal(first.status, 404);
    assert.equal(first.json.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
    assert.deepEqual((await read(await post(persisted({ query: text })))).json.data, {
      home: { tips: ['tip'] },
    });
    assert.deepEqual((await read(await post(persisted()))).json.data, { home: { tips: ['tip'] } });
    assert.equal((await read(await post(persisted({ query: '{ home { late } }' })))).status, 400);
  });

  it('are served alone where the configuration says so, by GET too', async () => {
    const graphql = bffGraphqlConfig.parse({ documents: { only: 'registered' } });
    const { ask, post, route } = await mounted([], {
      graphql,
      documents: { registered, automatic: undefined },
    });
    const refused = await read(await ask(text));
    assert.deepEqual(
      [refused.status, refused.json.errors[0].extensions.code],
      [400, 'PERSISTED_DOCUMENT_REQUIRED'],
    );
    const answer = { data: { home: { tips: ['tip'] } } };
    assert.deepEqual((await read(await post('{"documentId":"tips"}'))).json, answer);
    const byGet = exchangeOf(
      { query: 'documentId=tips', headers: HeaderFields.of({ 'apollo-require-preflight': '1' }) },
      ['home:read'],
    );
    assert.deepEqual((await read(await route('/m/graphql').handler(byGet))).json, answer);
  });

  it('are held to the schema when they are registered', async () => {
    const wrong = {
      registered: [{ id: 'x', text: '{ home { tps } }', operationName: undefined }],
      automatic: undefined,
    };
    const graphql = bffGraphqlConfig.parse({ documents: { invalid: 'refuse' } });
    await assert.rejects(
      mounted([], { graphql, documents: wrong }),
      /registered document x: Cannot query field "tps"/,
    );
    await mounted([], { documents: wrong });
  });
});

describe('GraphQL over HTTP', () => {
  it('is served as the audits of graphql-http want it', async () => {
    const { route } = await mounted([], { introspection: true });
    const fetchFn = async (url: string, init: RequestInit = {}) => {
      const { search } = new URL(url);
      const headers = new HeaderFields();
      for (const [name, value] of new Headers(init.headers)) headers.append(name, value);
      const body =
        init.body === undefined || init.body === null ? emptyBody : new WholeBody(String(init.body));
      const exchange = exchangeOf(
        { method: init.method ?? 'GET', query: search.slice(1), headers, body },
        [],
      );
      try {
        const reply = await route('/m/graphql').handler(exchange);
        const bytes = await collect(reply.body, 1e6, () => new Error('too large'));
        return new Response(Buffer.from(bytes), { status: reply.status, headers: [...reply.headers] });
      } catch (error) {
        assert.ok(error instanceof FrontdeskError);
        return new Response('{}', { status: error.status });
      }
    };
    const failed: string[] = [];
    for (const audit of serverAudits({ url: 'http://bff.test/graphql', fetchFn })) {
      const { status, name, ...more } = await audit.fn();
      if (status === 'error') failed.push(`${name}: ${'reason' in more ? more.reason : ''}`);
    }
    assert.deepEqual(failed, []);
  });
});

/**
 * A generated client of a BFF: it compiles on its own, and its calls through a whole gateway that serves registered
 * documents alone. And what a gateway serves of a BFF beside its operations: GraphiQL, its description to everybody.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { startGateway } from '../app.ts';
import { bffClient } from '../cli/bff-client.ts';
import { recordedTerminal } from '../cli/testing.fixture.ts';
import { configSchema } from '../config/schema.ts';

/** What an app's own code is, with what must not compile. */
const APP = `
import { Card, createClient, createGraphqlClient, Order, ProblemError } from './client.ts';

export async function run(url: string): Promise<Record<string, unknown>> {
  const client = createClient({ url, headers: async () => ({ 'x-app': 'phone' }) });
  const whole = await client.card({ id: 'a b', kinds: ['paper', 'mail'], place: { x: 1 } });
  const friend: string | undefined = whole.data.owner.friend?.name;
  const picked = await client.card({ id: '1' }, { fields: ['owner.name', 'pet'] });
  const name: string = picked.data.owner.name;
  const first = await client.card({ id: '1' }, { fields: ['said'] });
  const again = await client.card({ id: '1' }, { fields: ['said'], known: first });
  const states: unknown[] = [];
  for await (const { data, changed } of client.plain.progressive()) states.push([data.fare?.amount, changed]);
  const ticks: (number | null)[] = [];
  for await (const { data } of client.ticks()) ticks.push(data.tick);
  const done = await client.order({ id: '1', amount: 5 }, { idempotencyKey: 'k1' });
  const same = await client.order({ id: '1', amount: 5 }, { idempotencyKey: 'k1' });
  const refused = await client.order({ id: '1', amount: 500 }).catch((error: unknown) => {
    if (!(error instanceof ProblemError)) throw error;
    const { status, code, message, members, idempotencyKey } = error;
    return { status, code, message, reason: members.reason, isKeyed: idempotencyKey !== undefined };
  });
  const graphql = createGraphqlClient({ url });
  const asked = await graphql(Card, { id: '1' });
  const ordered = await graphql(Order, { id: '1', amount: 7 });
  const unregistered = await graphql({ ...Card, id: 'none' }, { id: '1' });
  return {
    whole, friend, name, picked: picked.data, isSame: first === again && first.etag !== undefined, states, tick: ticks.at(-1),
    order: done.data?.fare, replayed: [done.replayed, same.replayed, done.data?.number === same.data?.number], refused,
    asked: [asked.data?.card?.owner.friend?.name, asked.errors.length], ordered: ordered.data?.order?.fare,
    unregistered: unregistered.errors[0]?.extensions?.code,
  };
}
`;

/** What an app has wrong, a line each, and what the compiler says of it. */
const WRONG: readonly (readonly [code: string, said: RegExp])[] = [
  ['await client.card();', /Expected 1-2 arguments/],
  [
    "await client.card({ id: '1', kinds: ['fax'] });",
    /'"fax"' is not assignable to type '"paper" \| "mail"'/,
  ],
  ["await client.card({ id: '1' }, { fields: ['owner.nmae'] });", /'"owner.nmae"' is not assignable/],
  [
    "(await client.card({ id: '1' }, { fields: ['owner.name'] })).data.said;",
    /Property 'said' does not exist/,
  ],
  ["await client.order({ id: '1', amount: 5, more: 1 });", /'more' does not exist/],
];
describe('a client of a BFF', () => {
  let folder = '';
  let url = '';
  let drain: (() => Promise<void>) | undefined;
  const out = () => join(folder, 'client');
  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bff-client-')));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const terminal = recordedTerminal();
    const fixture = resolve(import.meta.dirname, 'bff-clients.fixture.ts');
    assert.equal(await bffClient(fixture, { out: out() }, terminal), 0, terminal.stderr());
    assert.match(terminal.stderr(), /Person\.old is deprecated.*Dog\.name is left out where Pet stands/s);
    assert.equal(await bffClient(fixture, { out: out(), check: true }, recordedTerminal()), 0);
    mkdirSync(out(), { recursive: true });
    writeFileSync(join(out(), 'app.ts'), APP);
    const manifest = join(out(), 'manifest.json');
    const config = configSchema.parse({
      listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
      admin: { port: 0 },
      telemetry: { accessLog: { enabled: false }, level: 'silent' },
      auth: { jwt: { issuer: 'http://127.0.0.1:1', audience: 'a', jwksUri: 'http://127.0.0.1:1/jwks' } },
      bffs: [
        {
          package: './bff-clients.fixture.ts',
          mount: '/open',
          auth: 'none',
          graphql: { graphiql: true, documents: { manifest, only: 'registered', invalid: 'refuse' } },
        },
        {
          package: './bff-clients.fixture.ts',
          name: 'closed',
          mount: '/closed',
          openapi: { serve: true, public: true },
        },
        { package: './bff-clients.fixture.ts', name: 'shut', mount: '/shut', openapi: { serve: true } },
      ],
    });
    const running = await startGateway({ config, folder: import.meta.dirname });
    drain = () => running.drain();
    url = `http://127.0.0.1:${running.addresses.public.port}`;
  });
  after(async () => {
    await drain?.();
    rmSync(folder, { recursive: true, force: true });
  });

  it('compiles where there is nothing but a browser, and says what an app has wrong', () => {
    const wrong = WRONG.map(([code]) => code).join('\n');
    const about = "import { createClient } from './client.ts';\nconst client = createClient({ url: '' });";
    writeFileSync(join(out(), 'wrong.ts'), `${about}\n${wrong}\n`);
    const said = diagnose([join(out(), 'app.ts'), join(out(), 'wrong.ts')]);
    assert.equal(said.length, WRONG.length, said.join('\n'));
    for (const [i, [, expected]] of WRONG.entries()) assert.match(said[i] ?? '', expected);
  });

  it('asks, streams, does things once, and says what went wrong', async () => {
    const app: { run(at: string): Promise<Record<string, unknown>> } = await import(
      pathToFileURL(join(out(), 'app.ts')).href
    );
    const { whole, ...told } = await app.run(`${url}/open`);
    assert.deepEqual(told, {
      friend: 'Bob',
      name: 'Ada',
      picked: { owner: { name: 'Ada' }, pet: { __typename: 'Dog', name: 'Rex' } },
      isSame: true,
      states: [
        [2, undefined],
        [2, undefined],
      ],
      tick: 2,
      order: { amount: 1 },
      replayed: [false, true, true],
      refused: { status: 422, code: 'flow_refused', message: 'Too much', reason: 'tooMuch', isKeyed: true },
      asked: ['Bob', 1],
      ordered: { amount: 1 },
      unregistered: 'PERSISTED_DOCUMENT_NOT_FOUND',
    });
    assert.deepEqual(whole, {
      data: {
        owner: {
          id: 'a b',
          name: 'Ada',
          old: null,
          friend: { id: 'f', name: 'Bob', old: null, friend: null },
        },
        said: '{"kinds":["paper","mail"],"place":{"x":1}}',
        pet: { __typename: 'Dog', name: 'Rex' },
        broken: null,
      },
      incomplete: ['broken'],
      etag: undefined,
      replayed: false,
    });
  });

  it('may be all that a BFF serves: GraphiQL is a page, and asks nothing of its own', async () => {
    const page = await fetch(`${url}/open/graphql`, { headers: { accept: 'text/html' } });
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    const script = /src="([^"]+\.js)"/.exec(await page.text())?.[1] ?? assert.fail('no script');
    const file = await fetch(new URL(script, `${url}/open/graphql`));
    assert.equal(file.status, 200);
    await file.body?.cancel();
    const answer = await fetch(`${url}/open/graphql?query={plain{fare{amount}}}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    assert.equal(JSON.parse(await answer.text()).errors[0].extensions.code, 'PERSISTED_DOCUMENT_REQUIRED');
    assert.equal((await fetch(`${url}/closed/graphql`, { headers: { accept: 'text/html' } })).status, 401);
  });

  it('is answered as its caches may keep it, and they are told what the answer depends on', async () => {
    const plain = await fetch(`${url}/open/plain`);
    const head = await fetch(`${url}/open/plain`, { method: 'HEAD', headers: { accept: 'text/html' } });
    assert.deepEqual([head.status, await head.text()], [200, '']);
    assert.equal(head.headers.get('etag'), plain.headers.get('etag'));
    assert.equal(head.headers.get('content-length'), String((await plain.text()).length));
    const manifest: { operations: { id: string; name: string }[] } = JSON.parse(
      readFileSync(join(out(), 'manifest.json'), 'utf8'),
    );
    const id = manifest.operations.find(({ name }) => name === 'Plain')?.id ?? assert.fail();
    const answers = await Promise.all(
      ['application/json', 'application/graphql-response+json'].map((accept) =>
        fetch(`${url}/open/graphql?documentId=${id}`, {
          headers: { accept, 'apollo-require-preflight': '1' },
        }),
      ),
    );
    for (const [i, { headers }] of answers.entries()) {
      assert.match(headers.get('cache-control') ?? '', /^public, max-age=/);
      assert.match(headers.get('vary') ?? '', /\baccept\b/, 'a cache would give one type for the other');
      assert.match(
        headers.get('content-type') ?? '',
        [/^application\/json/, /graphql-response/][i] ?? assert.fail(),
      );
    }
  });

  it('is described to whom the configuration says, and the BFF stays as it is', async () => {
    const open = await fetch(`${url}/closed/openapi.json`);
    assert.equal(open.status, 200);
    const document = JSON.parse(await open.text());
    assert.deepEqual(Object.keys(document.paths), ['/cards/{id}', '/plain', '/orders/{id}', '/ticks']);
    assert.equal((await fetch(`${url}/closed/plain`)).status, 401);
    assert.equal((await fetch(`${url}/shut/openapi.json`)).status, 401);
    assert.equal((await fetch(`${url}/open/openapi.json`)).status, 404);
  });
});

function diagnose(files: readonly string[]): string[] {
  const program = ts.createProgram(files, {
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
    skipDefaultLibCheck: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    isolatedModules: true,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ messageText, file, start = 0 }) =>
        `${file?.text.slice(start, start + 60)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { it } from 'node:test';
import { backendUrl, givenDocument, NewPackageError } from './new-upstream.ts';
import { fileOf } from './testing.fixture.ts';

it('reads a document from a file, and files it by what it is', async (t) => {
  const file = fileOf(t, ' {"openapi":"3.1.0"}');
  const given = await givenDocument(`users=${file}`);
  assert.deepEqual(given, {
    name: 'users',
    path: 'backends/users.openapi.json',
    text: ' {"openapi":"3.1.0"}',
    source: file,
  });
  const yaml = await givenDocument(`users=${fileOf(t, 'openapi: 3.1.0')}`);
  assert.equal(yaml.path, 'backends/users.openapi.yaml');
});

it('fetches a document; an answer that is none is said', async (t) => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/a.proto' ? 200 : 404;
    response.setHeader('connection', 'close').end('syntax = "proto3";');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const { path, text } = await givenDocument(`a=${base}/a.proto`);
  assert.deepEqual([path, text], ['backends/a.proto', 'syntax = "proto3";']);
  await assert.rejects(givenDocument(`a=${base}/b`), /cannot be had \(it is answered 404\)/);
});

it('refuses what is no name, no file, or too long', async (t) => {
  for (const text of ['users', '=x', 'graph=x', 'Users=x', 'users='])
    await assert.rejects(givenDocument(text), /expected a name and where/, text);
  await assert.rejects(givenDocument('users=/nowhere/x.yaml'), NewPackageError);
  await assert.rejects(
    givenDocument(`users=${fileOf(t, 'x'.repeat(4 * 1024 * 1024 + 1))}`),
    /more than 4 MiB/,
  );
});

it('calls the server that the document names, relative to where that is', () => {
  const at = (source: string, server: string | undefined) =>
    backendUrl({ name: 'a', path: 'a', text: '', source }, server, 2);
  assert.equal(at('./a.yaml', 'http://h:1/x/'), 'http://h:1/x');
  assert.equal(at('https://h/docs/a.yaml', '/v1'), 'https://h/v1');
  assert.equal(at('https://h/docs/a.yaml', undefined), 'https://h');
  for (const server of [undefined, '/v1', 'https://{region}.h', 'ftp://h'])
    assert.equal(at('./a.yaml', server), 'http://127.0.0.1:4103');
});

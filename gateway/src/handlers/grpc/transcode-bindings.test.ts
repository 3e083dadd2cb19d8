import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { schemaFolder } from '../../protobuf/testing/schemas.ts';
import { loadBindings } from './transcode-bindings.ts';

test('the services that are named, or all; what serves nothing is refused with the setting to blame', async (t) => {
  const file = join(await schemaFolder(t), 'a.proto');
  const proto = [file];
  const method = (path: string): string =>
    `rpc M(B) returns (B) { option (google.api.http) = { get: "${path}" }; }`;
  await writeFile(
    file,
    `syntax = "proto3"; import "google/api/annotations.proto"; message B {}
    service S { ${method('/s')} } service T { ${method('/t')} } service Plain { rpc M(B) returns (B); }`,
  );
  const load = (services?: string[]) => loadBindings({ proto, importPaths: [], services });
  assert.deepEqual(
    (await load()).bindings.map(({ verb }) => verb),
    ['GET', 'GET'],
  );
  assert.equal((await load(['T'])).bindings[0]?.method.path, '/T/M');
  await assert.rejects(load(['Plain']), { setting: 'services', message: /no method of Plain has/ });
  await assert.rejects(load(['U']), { setting: 'services', message: /there are S, T, Plain/ });
});

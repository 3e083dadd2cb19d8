import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { schemaFolder } from '../../protobuf/testing/schemas.ts';
import { protobufBodyConfig } from './protobuf-config.ts';
import { loadProtobufMessage } from './protobuf-message.ts';

test('a message there and back; a name that nothing has is told with those that there are', async (t) => {
  const proto = join(await schemaFolder(t), 'a.proto');
  await writeFile(proto, 'syntax = "proto3"; package a; message B { string id = 1; message C {} }');
  const load = (message: string) => loadProtobufMessage(protobufBodyConfig.parse({ proto, message }));
  const message = await load('a.B');
  const bytes = message.fromJson(Buffer.from('{"id":"x"}'));
  assert.deepEqual([...bytes], [0x0a, 1, 0x78]);
  assert.equal(Buffer.from(message.toJson(bytes)).toString(), '{"id":"x"}');
  assert.throws(() => message.fromJson(Buffer.from([0x22, 0xff, 0x22])), { name: 'ProtoJsonError' });
  await assert.rejects(load('a.D'), {
    name: 'ProtoSchemaError',
    setting: 'message',
    message: `${proto}: no message is called a.D; there are a.B, a.B.C`,
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { protobufBodyConfig } from './protobuf-config.ts';

it('a file and a full name are enough', () => {
  assert.deepEqual(protobufBodyConfig.parse({ proto: './a.proto', message: 'shop.v1.Order' }), {
    proto: ['./a.proto'],
    importPaths: [],
    message: 'shop.v1.Order',
    backend: 'protobuf',
    type: 'application/x-protobuf',
    emitDefaults: false,
  });
  const wrong = protobufBodyConfig.safeParse({ proto: './a.proto', message: '.shop.Order' });
  assert.match(wrong.error?.message ?? '', /expected a full name such as shop\.v1\.Order/);
});

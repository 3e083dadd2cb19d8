import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isProtobuf } from './protobuf-type.ts';

it('knows the names in use, with any parameters and in any case, and nothing else', () => {
  for (const type of [
    'application/x-protobuf',
    'application/protobuf',
    'Application/X-Protobuf; messageType="shop.v1.Order"',
    'application/vnd.google.protobuf',
  ])
    assert.ok(isProtobuf(type), type);
  for (const type of [
    undefined,
    '',
    'application/json',
    'application/grpc+proto',
    'application/x-protobuffer',
  ])
    assert.ok(!isProtobuf(type), type);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import protobuf from 'protobufjs';
import { BUILTIN_PROTOS } from './builtin-protos.ts';

it('each of them can be read', () => {
  for (const [name, text] of BUILTIN_PROTOS) {
    if (text !== '') assert.ok(protobuf.parse(text, new protobuf.Root(), { keepCase: true }).package, name);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { RegistryReply } from '../transports/registry-client.ts';
import { jsonOf, parsed } from './json-reply.ts';

function reply(status: number, text: string): RegistryReply {
  return { status, header: () => undefined, text: async () => text, lines: () => assert.fail() };
}

test('what was expected is read; anything else is said in a line', async () => {
  const schema = z.object({ a: z.number() });
  assert.deepEqual(await jsonOf(reply(200, '{"a":1,"b":2}'), schema, 'it'), { a: 1 });
  await assert.rejects(
    jsonOf(reply(503, 'no\n\u001b[1mleader'), schema, 'it'),
    /^Error: it answered 503: no \[1mleader$/,
  );
  await assert.rejects(
    jsonOf(reply(500, 'x'.repeat(1_000)), schema, 'it'),
    ({ message }: Error) => message.length < 250,
  );
  await assert.rejects(
    jsonOf(reply(200, '<html>'), schema, 'it'),
    /it answered with something that is no JSON/,
  );
  assert.throws(() => parsed('{"a":"b"}', schema, 'it'), /it answered with something else: a: /);
});

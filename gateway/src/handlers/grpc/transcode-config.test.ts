import assert from 'node:assert/strict';
import { it } from 'node:test';
import { protoFilesConfig, transcodeConfig } from './transcode-config.ts';

it('one file or several; the rest has defaults', () => {
  const config = transcodeConfig.parse({ upstream: 'dispatch', proto: './dispatch.proto' });
  assert.deepEqual(config.proto, ['./dispatch.proto']);
  assert.equal(config.maxMessage, 4 * 1024 * 1024);
  assert.deepEqual(config.errors, { messages: 'caller', details: false });
  assert.deepEqual(config.metadata, { request: ['accept-language', 'idempotency-key'], response: [] });
  assert.deepEqual(protoFilesConfig.proto.parse(['a', 'b']), ['a', 'b']);
  assert.throws(
    () => transcodeConfig.parse({ upstream: 'dispatch', proto: 5 }),
    /expected the path of a \.proto file/,
  );
});

/** How the end of a stream is told. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { endReason } from './live-session.ts';

it('names every end by a word of a closed list', () => {
  const reasons = [
    undefined,
    new FrontdeskError('client_closed'),
    new FrontdeskError('slow_consumer'),
    new FrontdeskError('draining'),
    new FrontdeskError('invalid_credentials'),
    new FrontdeskError('stream_ended', { detail: 'idle' }),
    new FrontdeskError('stream_ended', { detail: 'the configuration was replaced' }),
    new FrontdeskError('part_failed'),
  ].map(endReason);
  assert.deepEqual(reasons, [
    'done',
    'client',
    'slow_consumer',
    'drain',
    'credentials',
    'idle',
    'reload',
    'upstream_error',
  ]);
});

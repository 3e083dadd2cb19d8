import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { ERRORS, FrontdeskError } from '../core/errors.ts';
import { problemDetails, problemFields, problemReply, problemType } from './problem-details.ts';

describe('problem details', () => {
  it('names each code by a stable type', () => {
    assert.equal(problemType('rate_limited'), 'urn:frontdesk:problem:rate-limited');
    assert.equal(problemType('internal'), 'urn:frontdesk:problem:internal');
  });

  it('shows title, status and request id, and nothing that is meant for operators', () => {
    const error = new FrontdeskError('upstream_connect', {
      detail: 'connect ECONNREFUSED 10.0.0.7:5432',
      cause: new Error('secret'),
    });
    const text = JSON.stringify(problemDetails(error, 'r-1'));
    assert.deepEqual(JSON.parse(text), {
      type: 'urn:frontdesk:problem:upstream-connect',
      title: ERRORS.upstream_connect.title,
      status: 502,
      instance: 'urn:frontdesk:request:r-1',
      requestId: 'r-1',
    });
  });

  it('lets public members in, but never in place of standard ones', () => {
    const error = new FrontdeskError('part_failed', { members: { part: 'user', status: 200, type: 'x' } });
    const document = problemDetails(error, 'r');
    assert.equal(document.part, 'user');
    assert.equal(document.status, 503);
    assert.equal(document.type, 'urn:frontdesk:problem:part-failed');
  });

  it('writes Retry-After in whole seconds, rounded up, and the fields of the error', () => {
    const error = new FrontdeskError('rate_limited', { retryAfterS: 0.2, headers: [['x-a', 'b']] });
    const flat = problemFields(error);
    assert.equal(flat[flat.indexOf('retry-after') + 1], '1');
    assert.equal(flat[flat.indexOf('x-a') + 1], 'b');
    assert.ok(!problemFields(new FrontdeskError('not_found')).includes('retry-after'));
  });

  it('makes a whole reply of the media type of RFC 9457', () => {
    const reply = problemReply(new FrontdeskError('not_found'), 'r');
    assert.equal(reply.status, 404);
    assert.equal(reply.headers.get('content-type'), 'application/problem+json');
    assert.ok(reply.body instanceof WholeBody);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { drift, drifted, errorOf, FaultPlan, nameOf, slow } from './faults.ts';

const rest = { kind: 'rest', upstream: 'users', call: 'GET /users' } as const;

describe('faults', () => {
  it('befall calls by name or part, some of them, after a while', () => {
    const plan = new FaultPlan({
      user: { fault: 'reset', after: 1, times: 2 },
      'users GET /users': slow('2s'),
    });
    const kinds = [1, 2, 3, 4].map(() => plan.fateOf('users GET /users', ['user']));
    assert.deepEqual(
      kinds.map((fate) => fate?.kind),
      [undefined, 'reset', 'reset', undefined],
    );
    assert.equal(kinds[0]?.delayMs, 2000);
    assert.equal(plan.fateOf('shop GET /for', ['tiles']), undefined);
    assert.deepEqual([plan.isOf('user'), plan.isOf('tiles')], [true, false]);
  });

  it('are errors of ours', () => {
    assert.equal(errorOf('connection refused', rest)?.code, 'upstream_connect');
    assert.equal(errorOf('lost answer', rest)?.code, 'upstream_reset');
    assert.equal(errorOf('status 503', rest)?.code, 'upstream_error');
    assert.equal(errorOf(new FrontdeskError('circuit_open'), rest)?.code, 'circuit_open');
    assert.deepEqual([errorOf('timeout', rest), errorOf(drift({}), rest)], [undefined, undefined]);
    const grpc = { kind: 'grpc', upstream: 'dispatch', call: 'findDriver' } as const;
    assert.match(errorOf('status UNAVAILABLE', grpc)?.detail ?? '', /UNAVAILABLE/);
    assert.throws(() => errorOf('status UNAVAILABLE', rest), /is no gRPC/);
  });

  it('change answers by JSON Pointer, and nobody else’s', () => {
    const answer = { name: 'Ada', 'a/b': [{ price: 1 }, { price: 2 }] };
    const changed = drifted(answer, drift({ '/name': 7, '/a~1b/1/price': undefined }));
    assert.deepEqual(changed, { name: 7, 'a/b': [{ price: 1 }, {}] });
    assert.equal(answer.name, 'Ada');
    assert.equal(drifted(answer, drift({ '': null })), null);
    assert.throws(() => drifted(answer, drift({ '/no/where': 1 })), /no place \/no\/where/);
    assert.throws(() => drifted(answer, drift({ name: 1 })), /no JSON Pointer/);
    assert.equal(nameOf(drift({ '/name': 7 })), 'drift /name');
  });

  it('that there are not are refused', () => {
    assert.throws(() => new FaultPlan({ user: 'status 200' }), /faults.user: expected "timeout"/);
    assert.throws(() => new FaultPlan({ user: { delay: '2 weeks' as '2s' } }), /faults.user.delay/);
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BackendStatusError, GrpcStatusError } from '../bff/backend-failure.ts';
import { failureOfStatus, grpcStatus, grpcStatusOfHttp, status } from './fake-answer.ts';

it('is the error that the caller of each kind of backend gets', () => {
  const rest = failureOfStatus({ kind: 'rest', upstream: 'users', call: 'GET /users/{id}' }, 404);
  assert.ok(rest instanceof BackendStatusError && rest.backendStatus === 404);
  const grpc = failureOfStatus({ kind: 'grpc', upstream: 'dispatch', call: 'findDriver' }, 503);
  assert.ok(grpc instanceof GrpcStatusError);
  assert.deepEqual([grpc.grpcStatus, grpc.grpcCode], ['UNAVAILABLE', 14]);
  assert.match(grpc.detail ?? '', /^dispatch: findDriver/);
  assert.equal(failureOfStatus({ kind: 'graph', upstream: 'graph', call: 'Q' }, 500)?.code, 'upstream_error');
  assert.equal(failureOfStatus({ kind: 'rest', upstream: 'users', call: 'x' }, 204), undefined);
});

it('knows the statuses of gRPC by name and by those of HTTP', () => {
  assert.equal(grpcStatus('NOT_FOUND').grpcCode, 5);
  assert.equal(grpcStatusOfHttp(400).grpcStatus, 'INVALID_ARGUMENT');
  assert.equal(grpcStatusOfHttp(409).grpcStatus, 'ALREADY_EXISTS');
  assert.equal(grpcStatusOfHttp(500).grpcStatus, 'UNKNOWN');
  assert.equal(grpcStatusOfHttp(418).grpcStatus, 'UNKNOWN');
  assert.throws(() => grpcStatus('OK'), RangeError);
  assert.throws(() => status(99), RangeError);
});

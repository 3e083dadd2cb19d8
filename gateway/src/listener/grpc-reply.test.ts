import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, type ErrorCode, FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { grpcTimeoutMs, grpcTrailers, isGrpc } from './grpc-reply.ts';

test('gRPC is known by its media type, gRPC-Web is another', () => {
  const is = (type: string): boolean => isGrpc(HeaderFields.of({ 'content-type': type }));
  assert.equal(is('application/grpc'), true);
  assert.equal(is('application/grpc+proto'), true);
  assert.equal(is('application/grpc;charset=utf-8'), true);
  assert.equal(is('application/grpc-web+proto'), false);
  assert.equal(is('application/json'), false);
  assert.equal(isGrpc(new HeaderFields()), false);
});

test('timeouts in every unit; what is none limits nothing', () => {
  const ms = (text: string): number | undefined => grpcTimeoutMs(HeaderFields.of({ 'grpc-timeout': text }));
  assert.equal(ms('1H'), 3_600_000);
  assert.equal(ms('99999999H'), 2_147_000_000);
  assert.equal(ms('2M'), 120_000);
  assert.equal(ms('3S'), 3_000);
  assert.equal(ms('4m'), 4);
  assert.equal(ms('5000u'), 5);
  assert.equal(ms('6000000n'), 6);
  for (const bad of ['', '5', 'S', '123456789S', '-1S', '1s']) assert.equal(ms(bad), undefined);
});

test('every error of ours has a status, and its text can be a header', () => {
  for (const code of Object.keys(ERRORS)) {
    if (!isCode(code)) continue;
    const trailers = grpcTrailers(new FrontdeskError(code, { detail: 'secret' }));
    assert.match(trailers['grpc-status'] ?? '', /^([1-9]|1[0-6])$/, code);
    assert.doesNotMatch(trailers['grpc-message'] ?? '', /secret|[^ -~]/);
  }
  const statusOf = (code: ErrorCode): string | undefined =>
    grpcTrailers(new FrontdeskError(code))['grpc-status'];
  assert.equal(statusOf('unauthenticated'), '16');
  assert.equal(statusOf('forbidden'), '7');
  assert.equal(statusOf('not_found'), '12');
  assert.equal(statusOf('rate_limited'), '8');
  assert.equal(statusOf('circuit_open'), '14');
  assert.equal(statusOf('deadline_exceeded'), '4');
  assert.equal(statusOf('client_closed'), '1');
  assert.equal(grpcTrailers(new Error('odd'))['grpc-status'], '13');
});

function isCode(text: string): text is ErrorCode {
  return text in ERRORS;
}

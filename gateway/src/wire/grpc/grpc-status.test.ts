import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { decodeGrpcMessage, grpcCodeOfHttp, grpcStatusRow, readGrpcStatus } from './grpc-status.ts';

it('the statuses of HTTP are those of google.rpc.Code', () => {
  const expected = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];
  assert.deepEqual(
    expected.map((_, code) => grpcStatusRow(code).http),
    expected,
  );
  assert.equal(grpcStatusRow(99).name, 'UNKNOWN');
});

it('a reply that is no gRPC has the code of its HTTP status', () => {
  const statuses = [400, 401, 403, 404, 429, 502, 503, 504, 500, 418];
  assert.deepEqual(statuses.map(grpcCodeOfHttp), [13, 16, 7, 12, 14, 14, 14, 14, 2, 2]);
});

it('reads how a call ended', () => {
  const fields = HeaderFields.of({
    'grpc-status': '5',
    'grpc-message': 'gr%C3%BC%C3%9F',
    'grpc-status-details-bin': 'CAU',
  });
  assert.deepEqual(readGrpcStatus(fields), { code: 5, message: 'grüß', details: Buffer.from([8, 5]) });
  assert.equal(readGrpcStatus(new HeaderFields()), undefined);
  for (const odd of ['', '17', 'x', '-1', '005000']) {
    assert.equal(readGrpcStatus(HeaderFields.of({ 'grpc-status': odd }))?.code, 2, odd);
  }
});

it('a message that is badly encoded stays as it came', () => {
  assert.equal(decodeGrpcMessage('100% sure'), '100% sure');
  assert.equal(decodeGrpcMessage('a%20b'), 'a b');
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { schemaOf } from '../../protobuf/testing/schemas.ts';
import { grpcProblem, grpcProblemReply } from './grpc-problem.ts';

const schema = await schemaOf('syntax = "proto3"; message A {}');
const options = { messages: 'caller', details: true, schema } as const;

it('details that cannot be read cost nothing but themselves', () => {
  const status = { code: 3, message: '', details: Buffer.from([0xff]) };
  assert.deepEqual(grpcProblem(status, 'r', options).document, {
    type: 'urn:frontdesk:problem:grpc-invalid-argument',
    title: 'An argument is invalid',
    status: 400,
    code: 'INVALID_ARGUMENT',
    instance: 'urn:frontdesk:request:r',
    requestId: 'r',
  });
});

it('a client that has cancelled is told nothing of the backend', () => {
  const reply = grpcProblemReply({ code: 1, message: 'inside', details: undefined }, 'r', options);
  assert.equal(reply.status, 499);
  assert.equal(
    grpcProblem({ code: 1, message: 'inside', details: undefined }, 'r', options).document.detail,
    undefined,
  );
});

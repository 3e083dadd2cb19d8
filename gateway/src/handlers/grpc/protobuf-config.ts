/** `request.protobuf` and `response.protobuf` of a route: bodies that one side writes as JSON and the other as protobuf. */
import { z } from 'zod';
import { PROTOBUF_TYPES } from '../../wire/grpc/protobuf-type.ts';
import { protoFilesConfig } from './transcode-config.ts';

const protobufBodyShape = {
  ...protoFilesConfig,
  message: z
    .string()
    .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, 'expected a full name such as shop.v1.Order')
    .describe('The full name of the message that the body is'),
  backend: z
    .enum(['protobuf', 'json'])
    .default('protobuf')
    .describe('What the backend speaks; clients may speak either'),
  type: z
    .enum(PROTOBUF_TYPES)
    .default('application/x-protobuf')
    .describe('The content type that protobuf is written with; each of them is read'),
  emitDefaults: z
    .boolean()
    .default(false)
    .describe('Whether JSON says fields too that hold their default and were not sent'),
};

export const protobufBodyConfig = z
  .strictObject(protobufBodyShape)
  .describe('The body is this protobuf message, and JSON for whoever speaks that');

export type ProtobufBodyConfig = z.output<typeof protobufBodyConfig>;

/** One message type as bytes and as JSON text: what both directions of a translated body share. */
import { isUtf8 } from 'node:buffer';
import { decodeJson } from '../../protobuf/json-decoder.ts';
import { encodeJson } from '../../protobuf/json-encoder.ts';
import { ProtoJsonError } from '../../protobuf/json-error.ts';
import { parseJsonText } from '../../protobuf/json-text.ts';
import type { MessagePlan } from '../../protobuf/plan.ts';
import { loadProtoSchema, type ProtoSchema } from '../../protobuf/schema.ts';
import { ProtoSchemaError } from '../../protobuf/schema-error.ts';
import type { ProtobufBodyConfig } from './protobuf-config.ts';

export interface ProtobufMessage {
  readonly config: ProtobufBodyConfig;
  /** Throws `ProtoJsonError`, which names the member. */
  fromJson(text: Uint8Array): Uint8Array;
  /** Throws `WireFormatError`. No bytes at all are the message with nothing set. */
  toJson(message: Uint8Array): Uint8Array;
}

/** Rejects with `ProtoSchemaError` where the schema, or the message that is named, is wrong. */
export async function loadProtobufMessage(config: ProtobufBodyConfig): Promise<ProtobufMessage> {
  const schema = await loadProtoSchema(config.proto, config.importPaths);
  const plan = schema.message(config.message);
  if (!plan) {
    throw new ProtoSchemaError(
      `${config.proto.join(', ')}: no message is called ${config.message}; there are ${schema.messageNames().join(', ')}`,
      'message',
    );
  }
  return new Message(config, schema, plan);
}

class Message implements ProtobufMessage {
  readonly config: ProtobufBodyConfig;
  readonly #schema: ProtoSchema;
  readonly #plan: MessagePlan;

  constructor(config: ProtobufBodyConfig, schema: ProtoSchema, plan: MessagePlan) {
    this.config = config;
    this.#schema = schema;
    this.#plan = plan;
  }

  fromJson(text: Uint8Array): Uint8Array {
    return encodeJson(this.#plan, parse(text), this.#schema.message);
  }

  toJson(message: Uint8Array): Uint8Array {
    const { emitDefaults } = this.config;
    const json = decodeJson(this.#plan, message, { emitDefaults, findType: this.#schema.message });
    return Buffer.from(JSON.stringify(json));
  }
}

function parse(text: Uint8Array): unknown {
  // Bytes that are no text would become replacement characters, and nobody would know.
  if (!isUtf8(text)) throw new ProtoJsonError('is no JSON');
  try {
    return parseJsonText(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8'));
  } catch {
    throw new ProtoJsonError('is no JSON');
  }
}

/** A schema that cannot be used: the message names the file or the method. */
export class ProtoSchemaError extends Error {
  override readonly name = 'ProtoSchemaError';
}

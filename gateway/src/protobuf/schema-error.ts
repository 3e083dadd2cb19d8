/** How a schema that cannot be used is told. */

/** What names a schema in a configuration, and what is looked for in it. */
export type SchemaSetting = 'proto' | 'services' | 'message';

/** A schema that cannot be used: the message names the file, and its line where that is known. */
export class ProtoSchemaError extends Error {
  override readonly name = 'ProtoSchemaError';
  /** Which setting is to blame. */
  readonly setting: SchemaSetting;

  constructor(message: string, setting: SchemaSetting = 'proto') {
    super(message);
    this.setting = setting;
  }
}

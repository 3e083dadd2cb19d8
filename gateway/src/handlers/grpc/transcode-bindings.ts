/** Which calls a transcoded route serves: the annotations of its services. */
import { compileBindings, type HttpBinding } from '../../protobuf/http-rule.ts';
import { loadProtoSchema, type ProtoSchema } from '../../protobuf/schema.ts';
import { ProtoSchemaError } from '../../protobuf/schema-error.ts';
import type { TranscodeConfig } from './transcode-config.ts';

/** What a route serves: checked whole, so that `check` says what a start would. */
export async function loadBindings(
  config: Pick<TranscodeConfig, 'proto' | 'importPaths' | 'services'>,
): Promise<{ readonly schema: ProtoSchema; readonly bindings: readonly HttpBinding[] }> {
  const schema = await loadProtoSchema(config.proto, config.importPaths);
  const services = chosenServices(config, schema);
  const bindings = compileBindings(services);
  if (bindings.length > 0) return { schema, bindings };
  const names = services.map(({ fullName }) => fullName).join(', ');
  throw new ProtoSchemaError(
    names === ''
      ? `${config.proto.join(', ')}: states no service`
      : `${config.proto.join(', ')}: no method of ${names} has a google.api.http annotation`,
    config.services ? 'services' : 'proto',
  );
}

function chosenServices(
  { services, proto }: Pick<TranscodeConfig, 'services' | 'proto'>,
  schema: ProtoSchema,
): ProtoSchema['services'] {
  const names = schema.services.map(({ fullName }) => fullName);
  const unknown = services?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ProtoSchemaError(
      `${proto.join(', ')}: no service is called ${unknown}; there are ${names.join(', ')}`,
      'services',
    );
  }
  return services ? schema.services.filter(({ fullName }) => services.includes(fullName)) : schema.services;
}

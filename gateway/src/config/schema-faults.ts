/**
 * Faults of the protobuf schemas that routes name: found when the schemas are read, which the validation does not, and
 * told with the place of the setting that names them.
 */
import { ProtoSchemaError } from '../protobuf/schema-error.ts';
import { type Fault, formatFault } from './fault.ts';
import { faultOf, rememberSettings } from './places.ts';
import type { RouteConfig } from './route.ts';
import type { Node } from './tree.ts';

/** Call it while the tree is there. */
export function rememberSchemas(routes: readonly RouteConfig[], root: Node): void {
  for (const [i, { to, request, response }] of routes.entries()) {
    if ('transcode' in to) rememberSettings(to.transcode, root, ['routes', i, 'to', 'transcode']);
    if (request.protobuf) rememberSettings(request.protobuf, root, ['routes', i, 'request', 'protobuf']);
    if (response.protobuf) rememberSettings(response.protobuf, root, ['routes', i, 'response', 'protobuf']);
  }
}

/** Reads every schema, as a start would. */
export async function schemaFaults(routes: readonly RouteConfig[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { to, request, response } of routes) {
    if ('transcode' in to) {
      const { loadBindings } = await import('../handlers/transcode-bindings.ts');
      faults.push(...(await faultsOf(to.transcode, loadBindings(to.transcode))));
    }
    for (const body of [request.protobuf, response.protobuf]) {
      if (!body) continue;
      const { loadProtobufMessage } = await import('../handlers/protobuf-message.ts');
      faults.push(...(await faultsOf(body, loadProtobufMessage(body))));
    }
  }
  return faults;
}

async function faultsOf(settings: object, reading: Promise<unknown>): Promise<Fault[]> {
  try {
    await reading;
    return [];
  } catch (error) {
    const fault = error instanceof ProtoSchemaError && faultOf(settings, error.setting, error.message);
    if (!fault) throw error;
    return [fault];
  }
}

/** What is made of a schema; where that is at fault, the message begins with the place of the setting. */
export async function withPlace<T>(settings: object, making: Promise<T>): Promise<T> {
  try {
    return await making;
  } catch (error) {
    const fault = error instanceof ProtoSchemaError && faultOf(settings, error.setting, error.message);
    if (!fault) throw error;
    throw new ProtoSchemaError(formatFault(fault), error.setting);
  }
}

/**
 * Faults of the schemas that routes name (protobuf, OpenAPI, JSON Schema): found when the schemas are read, which the validation does not, and
 * told with the place of the setting that names them.
 */

import { systemClock } from '../core/clock.ts';
import { Keyed } from '../core/keyed.ts';
import { ProtoSchemaError } from '../protobuf/schema-error.ts';
import type { Description } from '../validation/description.ts';
import { DescriptionError } from '../validation/description-error.ts';
import { type Fault, formatFault } from './fault.ts';
import { suggestion } from './nearest.ts';
import { faultOf, rememberSettings } from './places.ts';
import type { RouteConfig } from './route.ts';
import type { Node } from './tree.ts';

/** Call it while the tree is there. */
export function rememberSchemas(routes: readonly RouteConfig[], root: Node): void {
  for (const [i, { to, request, response, validate }] of routes.entries()) {
    if ('transcode' in to) rememberSettings(to.transcode, root, ['routes', i, 'to', 'transcode']);
    if (validate) rememberSettings(validate, root, ['routes', i, 'validate']);
    if (request.protobuf) rememberSettings(request.protobuf, root, ['routes', i, 'request', 'protobuf']);
    if (response.protobuf) rememberSettings(response.protobuf, root, ['routes', i, 'response', 'protobuf']);
  }
}

/** Reads every schema, as a start would. */
export async function schemaFaults(routes: readonly RouteConfig[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  const kept = new Keyed<Promise<Description>>(1);
  for (const { to, request, response, validate } of routes) {
    if ('transcode' in to) {
      const { loadBindings } = await import('../handlers/grpc/transcode-bindings.ts');
      faults.push(...(await faultsOf(to.transcode, loadBindings(to.transcode))));
    }
    if (validate) {
      const { loadDescription } = await import('../validation/description.ts');
      const loading = loadDescription(validate, { kept, clock: systemClock, suggest: suggestion });
      faults.push(...(await faultsOf(validate, loading)));
    }
    for (const body of [request.protobuf, response.protobuf]) {
      if (!body) continue;
      const { loadProtobufMessage } = await import('../handlers/grpc/protobuf-message.ts');
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
    const fault = isSchemaError(error) && faultOf(settings, error.setting, error.message);
    if (!fault) throw error;
    return [fault];
  }
}

function isSchemaError(error: unknown): error is ProtoSchemaError | DescriptionError {
  return error instanceof ProtoSchemaError || error instanceof DescriptionError;
}

/** What is made of a schema; where that is at fault, the message begins with the place of the setting. */
export async function withPlace<T>(settings: object, making: Promise<T>): Promise<T> {
  try {
    return await making;
  } catch (error) {
    const fault = isSchemaError(error) && faultOf(settings, error.setting, error.message);
    if (!fault) throw error;
    const message = formatFault(fault);
    if (error instanceof DescriptionError) throw new DescriptionError(error.setting, '', message);
    throw new ProtoSchemaError(message, error.setting);
  }
}

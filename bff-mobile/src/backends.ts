/** The tools of this BFF, typed by what describes its backends and by its own schema (`frontdesk.types.yaml`). */
import { defineBackends, type StepContext } from '@frontdesk/gateway/bff';
import { bffContract } from './generated/schema.ts';
import { upstreams } from './generated/upstreams.ts';

export const backends = defineBackends(upstreams, bffContract);

export const { part, screen } = backends;

/** The doors that parts and steps have in common. */
export type Doors = Pick<StepContext<typeof upstreams, unknown, unknown>, 'rest' | 'grpc' | 'identity'>;
/** What a step has beside them: the key by which backends know its requests. */
export type KeyedDoors = Doors & { readonly key: string };

/** The tools of this BFF, typed by what describes its backends and by its own schema (`frontdesk.types.yaml`). */
import { defineBackends } from '@frontdesk/gateway/bff';
import { bffContract } from './generated/schema.ts';
import { upstreams } from './generated/upstreams.ts';

export const backends = defineBackends(upstreams, bffContract);

export const { part, screen } = backends;

/**
 * What a process that the gateway runs for one BFF is told at its start, and what that makes of the BFF's own configuration:
 * it listens where the gateway looks for it, believes who asks by the gateway's signed word alone, and leaves to the gateway
 * what has been done at its door already.
 */
import { z } from 'zod';
import { issuerConfig } from '../auth/jwt/jwt-config.ts';
import { anyOf } from '../auth/route-auth.ts';
import type { BffConfig } from '../config/bff.ts';
import type { Config } from '../config/schema.ts';
import { listenConfig } from '../listener/listen-config.ts';
import { DEADLINE_FIELD } from './bffs-apart.ts';

/** The variable of its environment in which it stands. */
export const ORDER_VARIABLE = 'FRONTDESK_BFF_PROCESS';

const orderSchema = z.strictObject({
  package: z.string(),
  mount: z.string(),
  socket: z.string(),
  /** Whether the gateway's door lets callers pass who are nobody. */
  anonymous: z.boolean(),
  identity: z.strictObject({
    issuer: z.string(),
    audience: z.string(),
    keys: z.looseObject({ keys: z.array(z.looseObject({})) }),
  }),
});

export type BffProcessOrder = z.output<typeof orderSchema>;

/** The order in an environment; `undefined` for a process that nobody runs for a BFF. Throws where it is unsound. */
export function readOrder(
  environment: Readonly<Record<string, string | undefined>>,
): BffProcessOrder | undefined {
  const text = environment[ORDER_VARIABLE];
  return text === undefined ? undefined : orderSchema.parse(JSON.parse(text));
}

/** Longer than the gateway keeps an unused connection: so it is never the one to close first. */
const IDLE = '6s';
const GRACE = '20s';

/** Throws where the configuration has no BFF of that package. */
export function underOrder(config: Config, order: BffProcessOrder): Config {
  const { identity, socket, anonymous } = order;
  const ours = config.bffs.filter((bff) => bff.package === order.package && bff.process === undefined);
  const [bff] = ours.length > 0 ? ours : config.bffs.filter((one) => one.package !== undefined);
  if (!bff) throw new Error(`its configuration has no entry under bffs with the package ${order.package}`);
  const gateway = issuerConfig.parse({
    ...identity,
    name: 'gateway',
    algorithms: ['EdDSA'],
    types: ['frontdesk-identity+jwt'],
    claims: { consumer: 'consumer' },
    // The gateway holds the client's stream, and ends it with the caller's own credential.
    endsStreams: false,
  });
  const others = (config.auth.jwt ?? []).filter(({ issuer }) => issuer !== identity.issuer);
  const served: BffConfig = {
    ...bff,
    mount: order.mount,
    auth: { ...anyOf(['jwt']), anonymous },
    // It was drawn at the door.
    limit: 'unlimited',
  };
  return {
    ...config,
    workers: 1,
    listen: {
      ...config.listen,
      ...listenConfig.parse({
        socket,
        // Only the gateway can open the socket's folder.
        trustedProxies: { addresses: ['127.0.0.1'], host: true, deadline: DEADLINE_FIELD },
        drain: { idle: IDLE, grace: GRACE },
      }),
      limits: config.listen.limits,
    },
    admin: config.admin && { ...config.admin, host: '127.0.0.1', port: 0 },
    auth: { ...config.auth, jwt: [gateway, ...others] },
    bffs: [served],
    // Requests went through them at the door; calls to backends begin here.
    plugins: config.plugins.map((plugin) => ({ ...plugin, routes: [] })),
  };
}

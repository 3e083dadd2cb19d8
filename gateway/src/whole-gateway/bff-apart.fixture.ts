/** A BFF for tests of where it runs: it tells who it takes the caller for, and how long it has. */
import { defineBackends, defineBff } from '../bff/index.ts';

const { part, screen, feed, live } = defineBackends({});

const me = screen({
  path: '/me',
  field: 'me',
  scopes: ['me:read'],
  parts: {
    who: part(async ({ identity }) => ({
      subject: identity?.subject,
      consumer: identity?.consumer,
      tenant: identity?.tenant,
      roles: identity?.roles,
    })),
    pid: part(async () => process.pid),
  },
});

/** An endless loop, as somebody might write it. */
const loop = screen({
  path: '/loop',
  field: 'loop',
  parts: {
    end: part(async () => {
      for (;;);
    }),
  },
});

/** Says one thing and is quiet until nobody follows any more. */
const ticks = live({
  path: '/ticks',
  field: 'ticks',
  scopes: ['me:read'],
  updates: {
    tick: feed(async function* ({ identity, signal }) {
      yield identity.subject;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }),
  },
});

export default defineBff({
  name: 'web',
  schema: `
    scalar Json
    type Query { me: Me!, loop: Loop! }
    type Subscription { ticks: Ticks }
    type Ticks { tick: String }
    type Me { who: Json, pid: Json }
    type Loop { end: Json }
  `,
  screens: [me, loop],
  live: [ticks],
});

/** A plugin whose work keeps the event loop: each request costs the gateway so many milliseconds before it goes on. */
import { definePlugin, z } from '@frontdesk/gateway/plugin';

export default definePlugin({
  name: 'busy',
  config: z.strictObject({ ms: z.number().min(0).max(100) }),
  place: { after: 'deadline' },
  middleware:
    ({ ms }) =>
    (_request, next) => {
      const until = performance.now() + ms;
      while (performance.now() < until);
      return next();
    },
});

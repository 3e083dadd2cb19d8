/** A plugin for tests: notes each request in a field, or does with it what its configuration says. */
import { z } from 'zod';
import { definePlugin } from './definition.ts';

export default definePlugin({
  name: 'stamp',
  config: z.strictObject({ header: z.string().min(3), value: z.string().default('yes') }),
  place: { after: 'authenticate' },
  middleware:
    ({ header, value }) =>
    (request, next) => {
      request.headers.set(header, value);
      return next();
    },
});

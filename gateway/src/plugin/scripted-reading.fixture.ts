/** The same, of bodies that it reads. */
import { z } from 'zod';
import { definePlugin } from './definition.ts';
import { behaviours } from './scripted.fixture.ts';

export default definePlugin({
  name: 'reading',
  config: z.strictObject({ does: z.string() }),
  place: { after: 'authenticate' },
  reads: { requestBytes: 1024, replyBytes: 1024 },
  middleware:
    ({ does }) =>
    (request, next) =>
      behaviours.get(does)?.(request, next) ?? next(),
});

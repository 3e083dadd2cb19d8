/** A policy whose behaviour a test of the same process says. */
import { z } from 'zod';
import { definePlugin, type PluginPolicy } from './definition.ts';

/** By the `does` of its configuration. */
export const policies = new Map<string, PluginPolicy>();

export default definePlugin({
  name: 'scripted-policy',
  config: z.strictObject({ does: z.string() }),
  place: { before: 'cache' },
  policy:
    ({ does }) =>
    (call, next) =>
      policies.get(does)?.(call, next) ?? next(),
});

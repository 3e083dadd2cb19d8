/** A middleware whose behaviour a test of the same process says; it reads nothing. */
import { z } from 'zod';
import { definePlugin, type PluginMiddleware } from './definition.ts';

/** By the `does` of its configuration. */
export const behaviours = new Map<string, PluginMiddleware>();
/** What was opened and closed, in order. */
export const lives: string[] = [];

export default definePlugin({
  name: 'scripted',
  config: z.strictObject({ does: z.string() }),
  place: { after: 'authenticate' },
  skippable: true,
  middleware: ({ does }, { onClose }) => {
    lives.push(`opened ${does}`);
    onClose(() => void lives.push(`closed ${does}`));
    return (request, next) => behaviours.get(does)?.(request, next) ?? next();
  },
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { definePlugin } from './definition.ts';
import { pluginMetrics } from './metrics.ts';
import { openPlugin } from './opened.ts';

test('what a plugin began is ended in reverse, also where one end fails', async () => {
  const ended: string[] = [];
  const plugin = definePlugin({
    name: 'p',
    config: z.strictObject({}),
    place: { before: 'handler' },
    middleware: (_config, { onClose }) => {
      onClose(() => void ended.push('first'));
      onClose(() => Promise.reject(new Error('stuck')));
      onClose(() => void ended.push('last'));
      return (_request, next) => next();
    },
  });
  const told: string[] = [];
  const logger = { ...noLogger, error: (_: unknown, message: string) => void told.push(message) };
  const parts = { name: 'p', folder: '.', clock: systemClock, logger, metrics: pluginMetrics(noMeter) };
  const opened = openPlugin({ ...parts, plugin, config: {} });
  await opened.close();
  assert.deepEqual(ended, ['last', 'first']);
  assert.deepEqual(told, ['a plugin could not end what it began']);
  assert.throws(() => openPlugin({ ...parts, plugin, config: { more: 1 } }), /plugin p: it could not begin/);
});

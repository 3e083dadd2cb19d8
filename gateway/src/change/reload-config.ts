/** `reload`: when a running gateway reads its configuration anew, and when what was good last stands in for it. */
import { z } from 'zod';
import { durationMs } from '../settings/settings.ts';

export const reloadConfig = z
  .strictObject({
    watch: z
      .boolean()
      .default(true)
      .describe(
        'Whether its files, the secrets in files and the certificates that it names are watched, and taken over when they change',
      ),
    settle: durationMs
      .refine((ms) => ms >= 10 && ms <= 60_000, 'expected 10ms to 1m')
      .prefault('100ms')
      .describe('How long all files must have been at rest before they are read'),
    put: z
      .boolean()
      .default(true)
      .describe('Whether the admin port takes a configuration by PUT; never without admin.token'),
    lastGoodWhenFaulty: z
      .boolean()
      .default(false)
      .describe(
        'Whether a start with a faulty configuration, too, serves what was good last; only one that is gone does otherwise',
      ),
  })
  .prefault({});

export type ReloadConfig = z.output<typeof reloadConfig>;

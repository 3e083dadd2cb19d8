/** Endpoints in a file that some other program writes, followed as it changes. A file that cannot be read as a whole changes nothing. */
import { parse } from 'yaml';
import { z } from 'zod';
import { WatchedFile } from '../../core/watched-file.ts';
import { durationMs } from '../../settings/settings.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { faultsOf, strictEntry } from './entry.ts';
import type { DiscoveryFollower, DiscoverySource, SourceParts } from './source.ts';

export const fileConfig = z.strictObject({
  path: z.string().min(1).describe('YAML or JSON with a list `endpoints`; relative to this file'),
  poll: durationMs.prefault('2s').describe('How often it is looked at where the file system tells nothing'),
});

export type FileConfig = z.output<typeof fileConfig>;

const MAX_BYTES = 4 * 1024 * 1024;

const document = z.strictObject({ endpoints: z.array(strictEntry).describe('All endpoints that there are') });

export class FileSource implements DiscoverySource {
  readonly name: string;
  readonly longestBackoffMs = 2_000;
  readonly guarded = false;
  readonly #config: FileConfig;
  readonly #parts: SourceParts;

  constructor(config: FileConfig, parts: SourceParts) {
    this.name = `file ${config.path}`;
    this.#config = config;
    this.#parts = parts;
  }

  async follow(follower: DiscoveryFollower, signal: AbortSignal): Promise<void> {
    const { path, poll } = this.#config;
    const file = new WatchedFile({ file: path, maxBytes: MAX_BYTES, clock: this.#parts.clock, pollMs: poll });
    const ended = Promise.withResolvers<void>();
    const end = (): void => ended.resolve();
    signal.addEventListener('abort', end, { once: true });
    const tell = (text: string): void => {
      try {
        follower.found(parseEndpoints(text));
      } catch (error) {
        follower.failed(reasonOf(error));
      }
    };
    try {
      tell(await file.read());
    } catch (error) {
      follower.failed(reasonOf(error));
    }
    if (!signal.aborted) {
      file.follow({ changed: tell, failed: (error) => follower.failed(reasonOf(error)) });
      await ended.promise;
    }
    signal.removeEventListener('abort', end);
    file.close();
  }
}

/** Throws an `Error` in plain words. */
function parseEndpoints(text: string): readonly EndpointSpec[] {
  const parsed = document.safeParse(parse(text, { maxAliasCount: 0, stringKeys: true }));
  if (!parsed.success) throw new Error(faultsOf(parsed.error));
  return parsed.data.endpoints;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

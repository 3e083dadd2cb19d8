/**
 * Lists of addresses in files, one address or range a line, `#` before remarks. A file that changes counts from the next
 * request on; one that cannot be read any more, or has a fault, leaves what stood in it before, and the log says so.
 * A file is read and watched once for all rules that name it, as long as a snapshot uses it.
 */
import type { Clock } from '../core/clock.ts';
import { type IpRange, parseRange } from '../core/ip-address.ts';
import { IpSet } from '../core/ip-set.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { WatchedFile } from '../core/watched-file.ts';

export interface AddressFilesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** What stands in a file now. */
export interface AddressFile {
  readonly ranges: IpSet;
}

interface Followed {
  readonly watched: WatchedFile;
  current: IpSet;
  leases: number;
}

/** About half a million IPv4 ranges. */
const MAX_BYTES = 8 * 1024 * 1024;

export class AddressFiles {
  readonly #options: AddressFilesOptions;
  readonly #open = new Map<string, Promise<Followed>>();
  readonly #files = new Map<string, Followed>();
  readonly #reloads: ReturnType<Meter['counter']>;

  constructor(options: AddressFilesOptions) {
    this.#options = options;
    this.#reloads = options.meter.counter({
      name: 'frontdesk_address_file_reloads_total',
      help: 'Lists of addresses that were read again, by result',
      labels: ['result'],
    });
  }

  /** Reads and follows files until what it resolves to is called. Rejects, and follows none, where one cannot be read. */
  async lease(files: Iterable<string>): Promise<() => void> {
    const leased: Followed[] = [];
    const release = (): void => {
      for (const followed of leased.splice(0)) this.#release(followed);
    };
    try {
      for (const file of new Set(files)) {
        let followed = await this.#followed(file);
        // Its last lease may have ended just now.
        while (this.#files.get(file) !== followed) followed = await this.#followed(file);
        followed.leases += 1;
        leased.push(followed);
      }
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** A leased file. */
  get(file: string): AddressFile {
    const followed = this.#files.get(file);
    if (!followed) throw new TypeError(`nobody has leased "${file}"`);
    return {
      get ranges(): IpSet {
        return followed.current;
      },
    };
  }

  #followed(file: string): Promise<Followed> {
    const open = this.#open.get(file) ?? this.#begin(file);
    this.#open.set(file, open);
    open.catch(() => this.#open.delete(file));
    return open;
  }

  async #begin(file: string): Promise<Followed> {
    const { clock } = this.#options;
    const watched = new WatchedFile({ file, maxBytes: MAX_BYTES, clock });
    const followed: Followed = { watched, current: parseAddressList(await watched.read(), file), leases: 0 };
    this.#files.set(file, followed);
    watched.follow({
      changed: (text) => this.#changed(file, followed, text),
      failed: (error) => this.#failed(file, error),
    });
    return followed;
  }

  #changed(file: string, followed: Followed, text: string): void {
    try {
      followed.current = parseAddressList(text, file);
    } catch (error) {
      this.#failed(file, error);
      return;
    }
    this.#reloads(1, 'taken');
    this.#options.logger.info({ file }, 'a list of addresses was read again');
  }

  #failed(file: string, error: unknown): void {
    this.#reloads(1, 'refused');
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.error({ file, reason }, 'a list of addresses is unfit: the old one stays');
  }

  #release(followed: Followed): void {
    followed.leases -= 1;
    if (followed.leases > 0) return;
    followed.watched.close();
    for (const [file, other] of this.#files) {
      if (other !== followed) continue;
      this.#files.delete(file);
      this.#open.delete(file);
    }
  }
}

/** Throws an `Error` that names the line which is none. */
export function parseAddressList(text: string, file: string): IpSet {
  const ranges: IpRange[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    const remark = line.indexOf('#');
    const entry = (remark < 0 ? line : line.slice(0, remark)).trim();
    if (entry === '') continue;
    const range = parseRange(entry);
    if (!range) throw new Error(`${file}:${number}: "${entry.slice(0, 64)}" is no address and no range`);
    ranges.push(range);
  }
  return new IpSet(ranges);
}

/**
 * Errors that nobody waits for any more: a promise of a BFF's code that was not awaited, a timer of its own that throws. Node
 * would end the process, and with it every other BFF. What comes from a BFF's code is held: logged and counted under its
 * name. Anything else is a fault of the gateway, after which nothing is certain.
 */
import { pathToFileURL } from 'node:url';
import { FrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Instrument, Meter } from '../../core/meter.ts';

/** A BFF of which only the error's kind tells that it was one. */
const UNKNOWN = 'unknown';

export class StrayErrors {
  readonly #logger: Logger;
  readonly #count: Instrument;
  /** Folder of a package, as a URL and as a path → the BFF's name. */
  readonly #folders = new Map<string, string>();

  constructor({ logger, meter }: { readonly logger: Logger; readonly meter: Meter }) {
    this.#logger = logger;
    this.#count = meter.counter({
      name: 'frontdesk_bff_stray_errors_total',
      help: 'Errors of BFFs for which nobody waited, by BFF and kind: rejection or exception',
      labels: ['bff', 'kind'],
    });
  }

  /** From now on code in this folder is that BFF's. */
  know(bff: string, folder: string): void {
    this.#folders.set(`${pathToFileURL(folder).href}/`, bff);
    this.#folders.set(`${folder}/`, bff);
  }

  /** Whether it is a BFF's, and so no reason to end. */
  hold(error: unknown, kind: 'rejection' | 'exception'): boolean {
    const bff = this.#ownerOf(error, kind);
    if (bff === undefined) return false;
    this.#count(1, bff, kind);
    const stack = error instanceof Error ? error.stack : String(error);
    this.#logger.error({ bff, kind, stack }, 'an error of a BFF for which nobody waited');
    return true;
  }

  #ownerOf(error: unknown, kind: 'rejection' | 'exception'): string | undefined {
    if (this.#folders.size === 0) return undefined;
    if (!(error instanceof Error)) return kind === 'rejection' ? UNKNOWN : undefined;
    const frames = (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line) && !line.includes('node:'));
    // What threw in passing was thrown in the first frame; whoever forgot a promise may stand anywhere.
    const found = (kind === 'exception' ? frames.slice(0, 1) : frames)
      .map((frame) => this.#ownerOfFrame(frame))
      .find((bff) => bff !== undefined);
    // The failure of a call that a part began and did not await: nothing of ours is broken.
    return found ?? (kind === 'rejection' && error instanceof FrontdeskError ? UNKNOWN : undefined);
  }

  #ownerOfFrame(frame: string): string | undefined {
    for (const [folder, bff] of this.#folders) if (frame.includes(folder)) return bff;
    return undefined;
  }
}

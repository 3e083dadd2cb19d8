/**
 * Errors that nobody waits for any more: a promise of a BFF's code that was not awaited, a timer of its own that throws. Node
 * would end the process, and with it every other BFF. What comes from a BFF's code, or a plugin's, is held: logged and counted
 * under its name. Anything else is a fault of the gateway, after which nothing is certain.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Instrument, Meter } from '../../core/meter.ts';

/** Our own package: what is thrown there is nobody else's, wherever it is installed. */
const GATEWAY = resolve(import.meta.dirname, '../../..');
/** What both may call: it is of whoever called it. */
const LIBRARY = Symbol('library');
/** A BFF of which only the error's kind tells that it was one. */
const UNKNOWN = 'unknown';

/** Told of an error for which nobody waited. */
export type OnStray = (kind: 'rejection' | 'exception', stack: string | undefined) => void;

export class StrayErrors {
  readonly #logger: Logger;
  readonly #count: Instrument;
  /** Folder of a package, as a URL and as a path → the BFF's name. */
  readonly #folders = new Map<string, string>();
  /** Who counts the errors of what is no BFF, by its name here. */
  readonly #others = new Map<string, OnStray>();
  readonly #gateway: readonly string[];

  /** `gateway`: the folder of our own package. */
  constructor({
    logger,
    meter,
    gateway = GATEWAY,
  }: {
    readonly logger: Logger;
    readonly meter: Meter;
    readonly gateway?: string;
  }) {
    this.#gateway = both(gateway);
    this.#logger = logger;
    this.#count = meter.counter({
      name: 'frontdesk_bff_stray_errors_total',
      help: 'Errors of BFFs for which nobody waited, by BFF and kind: rejection or exception',
      labels: ['bff', 'kind'],
    });
  }

  /** From now on code in this folder is that BFF's. */
  know(bff: string, folder: string): void {
    for (const beginning of both(folder)) this.#folders.set(beginning, bff);
  }

  /** From now on code in this folder, or this file, is of somebody else who counts its errors. */
  knowOther(
    owner: string,
    place: { readonly folder: string } | { readonly file: string },
    onStray: OnStray,
  ): void {
    const beginnings =
      'folder' in place ? both(place.folder) : [`${pathToFileURL(place.file).href}:`, `${place.file}:`];
    for (const beginning of beginnings) this.#folders.set(beginning, owner);
    this.#others.set(owner, onStray);
  }

  /** Whether it is a BFF's, and so no reason to end. */
  hold(error: unknown, kind: 'rejection' | 'exception'): boolean {
    const bff = this.#ownerOf(error, kind);
    if (bff === undefined) return false;
    const stack = error instanceof Error ? error.stack : String(error);
    const other = this.#others.get(bff);
    if (other) {
      other(kind, stack);
      return true;
    }
    this.#count(1, bff, kind);
    this.#logger.error({ bff, kind, stack }, 'an error of a BFF for which nobody waited');
    return true;
  }

  #ownerOf(error: unknown, kind: 'rejection' | 'exception'): string | undefined {
    if (this.#folders.size === 0) return undefined;
    if (!(error instanceof Error)) return kind === 'rejection' ? UNKNOWN : undefined;
    const owners = (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line) && !line.includes('node:'))
      .map((frame) => this.#ownerOfFrame(frame))
      .filter((owner) => owner !== LIBRARY);
    // What threw in passing was thrown in the first frame; whoever forgot a promise may stand anywhere.
    const found = (kind === 'exception' ? owners.slice(0, 1) : owners).find((owner) => owner !== undefined);
    // The failure of a call that a part began and did not await: nothing of ours is broken.
    return found ?? (kind === 'rejection' && error instanceof FrontdeskError ? UNKNOWN : undefined);
  }

  /** The BFF whose code it is; `undefined`: the gateway's, or nobody's. The deepest folder decides. */
  #ownerOfFrame(frame: string): string | typeof LIBRARY | undefined {
    let deepest = 0;
    let owner: string | undefined;
    let within = frame;
    const look = (folder: string, name: string | undefined): void => {
      const at = folder.length > deepest ? frame.indexOf(folder) : -1;
      if (at < 0) return;
      deepest = folder.length;
      owner = name;
      within = frame.slice(at + folder.length);
    };
    for (const folder of this.#gateway) look(folder, undefined);
    for (const [folder, bff] of this.#folders) look(folder, bff);
    return within.includes('node_modules/') ? LIBRARY : owner;
  }
}

/** How frames name what is in a folder. */
function both(folder: string): string[] {
  return [`${pathToFileURL(folder).href}/`, `${folder}/`];
}

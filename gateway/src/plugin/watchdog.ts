/**
 * Names the plugin whose code never ends. Nothing of this process runs then, so a thread beside it looks whether the event
 * loop still turns; where it has not for a second, it asks the engine what is being run, and says on standard error whose code
 * that is. It ends nothing: whoever supervises the process replaces it.
 */
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** How long the loop may stand before it is asked why, and how often it is looked at. */
const STANDS_MS = 1_000;
const BEAT_MS = 500;
const THREAD = new URL(`./watchdog-thread${extname(import.meta.filename)}`, import.meta.url);
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/** Code of a plugin: how its places begin in the engine's words. */
export interface PluginCode {
  readonly plugin: string;
  readonly beginnings: readonly string[];
}

export interface WatchdogData {
  readonly beats: Int32Array;
  readonly standsMs: number;
  readonly pollMs: number;
}

export class Watchdog {
  readonly #beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker;
  readonly #beat: NodeJS.Timeout;

  constructor({ standsMs = STANDS_MS, beatMs = BEAT_MS } = {}) {
    const workerData: WatchdogData = { beats: this.#beats, standsMs, pollMs: beatMs };
    this.#worker = new Worker(THREAD, { workerData, resourceLimits: LIMITS, execArgv: [], env: {} });
    this.#worker.unref();
    // A watchdog that is ill must not take the process with it.
    this.#worker.on('error', () => {});
    this.#beat = setInterval(() => {
      Atomics.add(this.#beats, 0, 1);
    }, beatMs);
    this.#beat.unref();
  }

  /** From now on code there is that plugin's. */
  know(plugin: string, { folder, file }: { readonly folder: string; readonly file: string }): void {
    const code: PluginCode = {
      plugin,
      beginnings: [pathToFileURL(file).href, file, `${pathToFileURL(folder).href}/`, `${folder}/`],
    };
    this.#worker.postMessage(code);
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    await this.#worker.terminate();
  }
}

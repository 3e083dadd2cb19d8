/** The one process that serves, as what configurations are put into force in. */
import type { Change, ChangeTarget, ConfigVersion, ProcessVersion } from '../change/change.ts';
import type { Running } from '../running.ts';

export class GatewayTarget implements ChangeTarget {
  readonly #running: Pick<Running, 'replace' | 'prepare'>;
  readonly #folder: string;
  #version: ConfigVersion;

  constructor(running: Pick<Running, 'replace' | 'prepare'>, folder: string, version: ConfigVersion) {
    this.#running = running;
    this.#folder = folder;
    this.#version = version;
  }

  async apply({ config, version }: Change): Promise<void> {
    await this.#running.replace({ config, folder: this.#folder });
    this.#version = version;
  }

  async rehearse({ config }: Change): Promise<void> {
    const prepared = await this.#running.prepare({ config, folder: this.#folder });
    await prepared.abandon();
  }

  versions(): readonly ProcessVersion[] {
    return [{ process: 'gateway', pid: process.pid, version: this.#version }];
  }
}

/** A plugin that does not fit: which, and every fault of it. */
export interface PluginFault {
  /** Keys of its entry: `['config', 'header']`. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export class PluginError extends Error {
  override readonly name = 'PluginError';

  /** `faults` as texts for a person. */
  constructor(plugin: string, faults: readonly string[]) {
    super(
      faults.length === 1
        ? `plugin ${plugin}: ${faults[0]}`
        : `plugin ${plugin}:\n${faults.map((one) => `  - ${one}`).join('\n')}`,
    );
  }
}

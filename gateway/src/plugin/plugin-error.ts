/** What is wrong with a plugin, or with what a configuration says of it. */
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

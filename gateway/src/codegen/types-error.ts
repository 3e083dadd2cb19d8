/** Why types cannot be made of a source: a line for each fault, with its place. */
export class TypesError extends Error {
  override readonly name = 'TypesError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

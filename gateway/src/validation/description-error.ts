/** Why a description of requests cannot be used: which setting names it, and the place inside it. */
export class DescriptionError extends Error {
  override readonly name = 'DescriptionError';
  /** The key under `validate` that names what is wrong. */
  readonly setting: string;

  /** `place`: a file with a JSON pointer behind `#`; empty where the setting itself is meant. */
  constructor(setting: string, place: string, message: string) {
    super(place === '' ? message : `${place} ${message}`);
    this.setting = setting;
  }
}

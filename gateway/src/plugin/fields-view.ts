/** Header fields as a plugin has them: a copy from the first change on, which counts when the step goes on. */
import type { HeaderFields } from '../core/headers.ts';
import type { PluginFields } from './definition.ts';
import type { FieldRules } from './field-rules.ts';

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** RFC 9110 §5.5, without what no text of ours needs. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export class FieldsView implements PluginFields {
  readonly #given: HeaderFields;
  readonly #rules: FieldRules;
  #changed: HeaderFields | undefined;
  #closedBecause: string | undefined;

  constructor(given: HeaderFields, rules: FieldRules) {
    this.#given = given;
    this.#rules = rules;
  }

  /** The fields with all changes; `undefined` where there was none. */
  get changed(): HeaderFields | undefined {
    return this.#changed;
  }

  /** From now on nothing can be changed, for that reason. */
  close(because: string): void {
    this.#closedBecause ??= because;
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase();
    return this.#rules.isHidden(lower) ? undefined : this.#now.get(lower);
  }

  getAll(name: string): readonly string[] {
    const lower = name.toLowerCase();
    return this.#rules.isHidden(lower) ? [] : this.#now.getAll(lower);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  set(name: string, value: string): void {
    const [lower, text] = this.#sound(name, value);
    this.#writable().set(lower, text);
  }

  append(name: string, value: string): void {
    const [lower, text] = this.#sound(name, value);
    this.#writable().append(lower, text);
  }

  delete(name: string): void {
    const [lower] = this.#sound(name, '');
    if (this.#now.has(lower)) this.#writable().delete(lower);
  }

  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    for (const field of this.#now) if (!this.#rules.isHidden(field[0])) yield field;
  }

  get #now(): HeaderFields {
    return this.#changed ?? this.#given;
  }

  #writable(): HeaderFields {
    this.#changed ??= this.#given.clone();
    return this.#changed;
  }

  #sound(name: string, value: string): [name: string, value: string] {
    if (this.#closedBecause !== undefined)
      throw new TypeError(`the field ${name} can't be changed any more: ${this.#closedBecause}`);
    const lower = name.toLowerCase();
    if (!NAME.test(lower)) throw new TypeError(`${JSON.stringify(name)} is no name of a header field`);
    if (!VALUE.test(value)) throw new TypeError(`the field ${lower} has a value that no field can have`);
    if (this.#rules.isProtected(lower)) throw new TypeError(`the field ${lower} is the gateway's own`);
    return [lower, value];
  }
}

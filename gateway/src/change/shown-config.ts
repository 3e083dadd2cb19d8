/**
 * A configuration as people may see it: plain data without a secret. A setting that is marked secret shows that it is set; what
 * came from the environment or a file shows how it is written; and where a secret's value stands inside another text (a
 * password in a URL, a credential in a header field), it is blotted out there too.
 */
import { formatPath } from '../config/fault.ts';
import type { Config } from '../config/schema.ts';
import { secretSettings } from '../config/secrets.ts';
import type { Written } from '../config/written.ts';

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/** A configuration and how it is written. */
export interface Told {
  readonly config: Config;
  readonly written: Written;
}

/** What stands in a secret's place. */
const HIDDEN = '[secret]';

/** A shorter one would blot out words that only look like it. */
const MIN_SECRET_CHARS = 6;
const CREDENTIAL_FIELD =
  /authorization$|cookie$|api-?key$|[-_](token|secret|key|password)$|^(token|secret|password)$/i;
const IN_FIELDS = /(^|\.)(headers|set|add|fields|values)(\.|\[|$)/;
const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#@\s]*@/i;

export function shownConfig({ config, written }: Told): Readonly<Record<string, Plain>> {
  const secrets = secretSettings(config);
  const values = new Set<string>();
  collect(config, [], secrets, values);
  return new Shower(secrets, written, values).members(config, []);
}

/** The values of secret settings, so that they are found wherever else they stand. */
function collect(value: unknown, path: PropertyKey[], secrets: ReadonlySet<string>, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.length >= MIN_SECRET_CHARS && secrets.has(formatPath(path))) into.add(value);
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) collect(item, [...path, i], secrets, into);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) collect(item, [...path, key], secrets, into);
  }
}

class Shower {
  readonly #secrets: ReadonlySet<string>;
  readonly #written: Written;
  readonly #values: ReadonlySet<string>;

  constructor(secrets: ReadonlySet<string>, written: Written, values: ReadonlySet<string>) {
    this.#secrets = secrets;
    this.#written = written;
    this.#values = values;
  }

  show(value: unknown, path: readonly PropertyKey[]): Plain {
    const at = formatPath(path);
    if (this.#secrets.has(at)) return HIDDEN;
    if (typeof value === 'string') return this.#text(value, at, path);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Date) return value.toISOString();
    if (value instanceof RegExp) return value.source;
    if (value instanceof Map) return this.show(Object.fromEntries(value), path);
    if (value instanceof Set) return this.show([...value], path);
    if (Array.isArray(value)) return value.map((item, i) => this.show(item, [...path, i]));
    if (typeof value !== 'object') return String(value);
    return this.members(value, path);
  }

  members(value: object, path: readonly PropertyKey[]): Record<string, Plain> {
    const shown: Record<string, Plain> = {};
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined && typeof item !== 'function') shown[key] = this.show(item, [...path, key]);
    }
    // A header field as a pair.
    const named = Object.entries(value).find(([key]) => key === 'name' || key === 'field')?.[1];
    if (typeof named === 'string' && CREDENTIAL_FIELD.test(named) && typeof shown.value === 'string')
      shown.value = HIDDEN;
    return shown;
  }

  #text(value: string, at: string, path: readonly PropertyKey[]): string {
    const written = this.#written.get(at);
    if (written !== undefined) return written;
    const key = path.findLast((part) => typeof part === 'string');
    if (typeof key === 'string' && IN_FIELDS.test(at) && CREDENTIAL_FIELD.test(key)) return HIDDEN;
    let text = value.replace(USER_INFO, `$1${HIDDEN}@`);
    for (const secret of this.#values) if (text.includes(secret)) text = text.replaceAll(secret, HIDDEN);
    return text;
  }
}

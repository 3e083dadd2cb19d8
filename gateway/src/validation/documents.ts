/**
 * The files of a description: an OpenAPI document, JSON Schemas, and what they refer to. References go to files beside
 * them, by relative paths, and never to the network. All of it is bounded: files, bytes, nesting.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { parse } from 'yaml';
import { DescriptionError } from './description-error.ts';
import { escapeToken, isRecord, pointerKeys, valueAt } from './pointer.ts';

const MAX_FILES = 64;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 100;
const MAX_ALIASES = 100;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** A value inside a file. */
export interface Place {
  readonly file: string;
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** What is read of one description. References are followed when they are met; the files must have been read before. */
export class Documents {
  readonly #setting: string;
  readonly #files = new Map<string, unknown>();
  readonly #hash = createHash('sha256');

  private constructor(setting: string) {
    this.#setting = setting;
  }

  /** Reads a file and all that it refers to. Rejects with `DescriptionError`. */
  static async read(file: string, setting: string): Promise<Documents> {
    const documents = new Documents(setting);
    await documents.#readAll(file);
    return documents;
  }

  /** A value from the configuration itself. */
  static async inline(value: unknown, setting: string): Promise<Documents> {
    const documents = new Documents(setting);
    documents.#hash.update(JSON.stringify(value));
    documents.#files.set('', value);
    for (const ref of fileReferences(value))
      throw documents.error({ file: '', keys: [], value }, refused(ref));
    return documents;
  }

  /** Of the texts of all files: equal for equal descriptions. */
  digest(): string {
    return this.#hash.copy().digest('base64url');
  }

  /** The whole of the first file. */
  get root(): Place {
    const [[file, value] = ['', undefined]] = this.#files;
    return { file, keys: [], value };
  }

  error(at: Place, message: string): DescriptionError {
    const pointer = at.keys.map((key) => `/${escapeToken(key)}`).join('');
    const place = at.file === '' && pointer === '' ? '' : `${basename(at.file)}#${pointer}:`;
    return new DescriptionError(this.#setting, place, message);
  }

  at(place: Place, ...keys: readonly string[]): Place {
    return { file: place.file, keys: [...place.keys, ...keys], value: valueAt(place.value, keys) };
  }

  /** What a reference (RFC 3986) leads to. @throws DescriptionError */
  follow(ref: string, from: Place): Place {
    const hash = ref.indexOf('#');
    const path = hash < 0 ? ref : ref.slice(0, hash);
    const fragment = hash < 0 ? '' : ref.slice(hash + 1);
    const file = path === '' ? from.file : resolve(dirname(from.file), decodedRef(path));
    const keys = pointerKeys(decodedRef(fragment));
    if (!keys) {
      throw this.error(
        from,
        `refers to "${ref}": expected a JSON pointer behind #, such as #/components/schemas/Name`,
      );
    }
    const value = this.#files.has(file) ? valueAt(this.#files.get(file), keys) : undefined;
    if (value === undefined) throw this.error(from, `refers to "${ref}", which is not there`);
    return { file, keys, value };
  }

  /** What stands at a place, or what its `$ref` leads to. @throws DescriptionError */
  resolve(place: Place): Place {
    let at = place;
    for (let hops = 0; isRecord(at.value) && typeof at.value.$ref === 'string'; hops += 1) {
      if (hops === MAX_DEPTH) throw this.error(place, 'refers to itself');
      at = this.follow(at.value.$ref, at);
    }
    return at;
  }

  async #readAll(first: string): Promise<void> {
    const waiting = [{ file: first, from: '' }];
    for (const { file, from } of waiting) {
      if (this.#files.has(file)) continue;
      if (this.#files.size === MAX_FILES) {
        throw new DescriptionError(this.#setting, basename(first), `refers to more than ${MAX_FILES} files`);
      }
      const value = await this.#readOne(file, from);
      this.#files.set(file, value);
      for (const ref of fileReferences(value)) {
        const whole = { file, keys: [], value };
        if (SCHEME.test(ref) || ref.startsWith('//') || isAbsolute(ref))
          throw this.error(whole, refused(ref));
        waiting.push({ file: resolve(dirname(file), decodedRef(ref)), from: basename(file) });
      }
    }
  }

  async #readOne(file: string, from: string): Promise<unknown> {
    const fault = (message: string): DescriptionError =>
      new DescriptionError(this.#setting, basename(file), message);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : 'it is no text';
      throw fault(`cannot be read (${why})${from === '' ? '' : `; ${from} refers to it`}`);
    }
    if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw fault('is larger than 4 MiB');
    let value: unknown;
    try {
      const isJson = text.trimStart().startsWith('{');
      value = isJson ? JSON.parse(text) : parse(text, { maxAliasCount: MAX_ALIASES, logLevel: 'error' });
    } catch (error) {
      throw fault(
        `cannot be read: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'broken'}`,
      );
    }
    if (isDeeper(value, MAX_DEPTH)) throw fault(`is nested deeper than ${MAX_DEPTH} levels, or holds itself`);
    if (!isRecord(value)) throw fault('is no object');
    this.#hash.update(file).update('\0').update(text).update('\0');
    return value;
  }
}

function refused(ref: string): string {
  return `refers to "${ref}": expected a relative path of a file beside it; nothing is fetched`;
}

/** The files that a document's references name, each once. */
function fileReferences(value: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) visit(item);
    if (!isRecord(node)) return;
    for (const [key, inner] of Object.entries(node)) {
      if (key === '$ref' && typeof inner === 'string') {
        const [path = ''] = inner.split('#');
        if (path !== '') found.add(path);
      } else if (key !== 'example' && key !== 'examples') visit(inner);
    }
  };
  visit(value);
  return found;
}

function isDeeper(value: unknown, max: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return max === 0 || Object.values(value).some((inner) => isDeeper(inner, max - 1));
}

function decodedRef(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

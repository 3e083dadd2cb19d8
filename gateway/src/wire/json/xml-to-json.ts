/**
 * XML as a JSON value. An element with nothing but text is its text; any other is an object of its attributes (under a
 * prefix), its children by name (a list where a name comes twice, or is listed under `arrays`) and its text, if any.
 * The root element is the one member of the result. Document types are refused, so no entity can be declared and
 * nothing is ever fetched; depth is bounded; names that every JavaScript object has (`__proto__`) are refused.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';
import { jsonPath, parseJsonPath } from './json-path.ts';
import { MAX_JSON_DEPTH } from './json-strip.ts';
import { PathTree } from './json-tree.ts';
import { ExactNumber, isJsonObject, type JsonObject, member, setMember } from './json-value.ts';
import { resolveReferences } from './xml-entities.ts';

const xmlToJsonConfig = z.strictObject({
  arrays: z
    .array(jsonPath)
    .max(256)
    .default([])
    .describe('Elements that are lists even where they come once, from the root: invoice.lines.line'),
  attributes: z
    .string()
    .max(16)
    .nullable()
    .default('@')
    .describe('What stands before the names of attributes; null leaves attributes out'),
  text: z.string().min(1).max(64).default('#text').describe('The name of text beside attributes or children'),
  namespaces: z
    .enum(['keep', 'drop'])
    .default('drop')
    .describe('Whether prefixes of names, and xmlns, are kept'),
  numbers: z
    .boolean()
    .default(false)
    .describe('Whether text that is a JSON number becomes one, digit by digit'),
  maxNodes: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(50_000)
    .describe('Most tags and attributes of a document; more are refused: each costs microseconds'),
  booleans: z.boolean().default(false).describe('Whether the texts true and false become booleans'),
});

export type XmlToJsonConfig = z.output<typeof xmlToJsonConfig>;

/** `true` for the defaults. */
export const fromXmlConfig = z.union([
  z.literal(true).transform(() => xmlToJsonConfig.parse({})),
  xmlToJsonConfig,
]);

/** `undefined` for what is not well-formed, declares a document type, is too deep, or has no known encoding. */
export type XmlToJson = (
  bytes: Uint8Array,
  charset: string | undefined,
) => { readonly value: unknown } | undefined;

const CDATA = '#cdata';
const ATTRIBUTES = ':@';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  htmlEntities: false,
  cdataPropName: CDATA,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_JSON_DEPTH,
});

export function compileXmlToJson(config: XmlToJsonConfig): XmlToJson {
  const arrays = PathTree.of(config.arrays.map((path) => [parseJsonPath(path), true] as const));
  const reader = new Reader(config);
  return (bytes, charset) => {
    const text = decode(bytes, charset);
    if (text === undefined || isNoDocument(text) || hasMoreNodes(text, config.maxNodes)) return undefined;
    try {
      if (XMLValidator.validate(text) !== true) return undefined;
      const document: unknown = parser.parse(text);
      if (!Array.isArray(document)) return undefined;
      return { value: reader.root(document, arrays) };
    } catch {
      // Of the reader, or of the parser, which throws for what is too deep.
      return undefined;
    }
  };
}

/** By the field's word, the declaration's, or UTF-8 (XML 1.0 §4.3.3). */
function decode(bytes: Uint8Array, charset: string | undefined): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256)).toString('latin1');
  const declared = /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(
    head,
  );
  try {
    return new TextDecoder(charset ?? declared?.[1] ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const NO_CHARACTERS = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** What the parser would let pass: characters that XML has not (§2.2), text behind the root, declarations. */
function isNoDocument(text: string): boolean {
  return NO_CHARACTERS.test(text) || !text.trimEnd().endsWith('>') || hasDeclarations(text);
}

/** Counts what may be a tag that opens, an attribute or a reference: `<`, `=` and `&`, in texts too. */
function hasMoreNodes(text: string, max: number): boolean {
  let left = max;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x3d || code === 0x26 || (code === 0x3c && text.charCodeAt(i + 1) !== 0x2f)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}

/** Whether there is a `<!` that is neither comment nor CDATA: a document type, or what only stands in one. */
function hasDeclarations(text: string): boolean {
  let at = text.indexOf('<!');
  while (at >= 0) {
    const close = text.startsWith('<!--', at) ? '-->' : text.startsWith('<![CDATA[', at) ? ']]>' : undefined;
    if (close === undefined) return true;
    const end = text.indexOf(close, at + 4);
    if (end < 0) return true;
    at = text.indexOf('<!', end);
  }
  return false;
}

class Malformed extends Error {}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

class Reader {
  readonly #config: XmlToJsonConfig;

  constructor(config: XmlToJsonConfig) {
    this.#config = config;
  }

  root(document: readonly unknown[], arrays: PathTree<true>): JsonObject {
    const object: JsonObject = {};
    let roots = 0;
    for (const node of document) {
      if (!isJsonObject(node)) throw new Malformed();
      const name = nameOf(node);
      if (name === undefined || name === '#text' || name === CDATA) {
        if (name !== undefined && this.#textOf(node, name).trim() !== '') throw new Malformed();
        continue;
      }
      roots += 1;
      const below = arrays.member(this.#name(name));
      const value = this.#element(node, name, below);
      setMember(object, this.#name(name), below?.payload ? [value] : value);
    }
    if (roots !== 1) throw new Malformed();
    return object;
  }

  #element(node: JsonObject, name: string, arrays: PathTree<true> | undefined): unknown {
    const children = node[name];
    if (!Array.isArray(children)) throw new Malformed();
    const object: JsonObject = {};
    this.#attributes(node, object);
    let text = '';
    for (const child of children) {
      if (!isJsonObject(child)) throw new Malformed();
      const key = nameOf(child);
      if (key === undefined) continue;
      if (key === '#text' || key === CDATA) text += this.#textOf(child, key);
      else this.#child(object, child, key, arrays);
    }
    if (Object.keys(object).length === 0) return this.#scalar(text);
    if (text.trim() !== '') setMember(object, this.#config.text, this.#scalar(text.trim()));
    return object;
  }

  #child(object: JsonObject, child: JsonObject, key: string, arrays: PathTree<true> | undefined): void {
    const name = this.#name(key);
    const below = arrays?.member(name);
    const value = this.#element(child, key, below);
    const present = member(object, name);
    if (Array.isArray(present)) present.push(value);
    else if (present !== undefined) setMember(object, name, [present, value]);
    else setMember(object, name, below?.payload ? [value] : value);
  }

  #attributes(node: JsonObject, object: JsonObject): void {
    const { attributes: prefix, namespaces } = this.#config;
    const attributes = node[ATTRIBUTES];
    if (prefix === null || !isJsonObject(attributes)) return;
    for (const [name, value] of Object.entries(attributes)) {
      if (namespaces === 'drop' && (name === 'xmlns' || name.startsWith('xmlns:'))) continue;
      setMember(object, prefix + this.#name(name), this.#scalar(resolved(String(value))));
    }
  }

  #textOf(node: JsonObject, key: string): string {
    const content = node[key];
    if (key === '#text') return resolved(String(content));
    if (!Array.isArray(content)) return '';
    return content.map((part: unknown) => (isJsonObject(part) ? String(part['#text'] ?? '') : '')).join('');
  }

  #name(name: string): string {
    return this.#config.namespaces === 'drop' ? name.slice(name.indexOf(':') + 1) : name;
  }

  /** Only what would be the same text again as a number becomes one: `007` and `+1` stay text. */
  #scalar(text: string): unknown {
    const { numbers, booleans } = this.#config;
    if (!numbers && !booleans) return text;
    const trimmed = text.trim();
    if (booleans && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
    if (!numbers || !NUMBER.test(trimmed)) return text;
    const number = Number(trimmed);
    return String(number) === trimmed ? number : new ExactNumber(trimmed);
  }
}

function nameOf(node: JsonObject): string | undefined {
  for (const key of Object.keys(node)) if (key !== ATTRIBUTES) return key;
  return undefined;
}

function resolved(text: string): string {
  const result = resolveReferences(text);
  if (result === undefined) throw new Malformed();
  return result;
}

/**
 * A JSON value as XML, the way back of `xml-to-json.ts`: members are child elements, lists are elements of the same
 * name, members with the prefix are attributes. An object of one member is the root by itself; whatever else gets one.
 * Letters that no XML name may hold are written `_xHHHH_` (SQL/XML, ISO 9075-14 §9.1).
 */
import { z } from 'zod';
import { ExactNumber, isJsonObject, type JsonObject } from './json-value.ts';
import { escapeXml } from './xml-entities.ts';

const XML_NAME = /^[A-Za-z_][A-Za-z0-9._-]{0,127}$/;

const jsonToXmlConfig = z.strictObject({
  root: z
    .string()
    .regex(XML_NAME, 'expected the name of an XML element')
    .optional()
    .describe('The root element, unless the value has but that member; by default its one member, or `root`'),
  item: z
    .string()
    .regex(XML_NAME, 'expected the name of an XML element')
    .default('item')
    .describe('The element of each item where a list has no name: at the top, and in lists of lists'),
  attributes: z
    .string()
    .max(16)
    .nullable()
    .default('@')
    .describe('Members whose names begin with this are attributes; null makes none'),
  text: z.string().min(1).max(64).default('#text').describe('The member that is the text of its element'),
  declaration: z.boolean().default(true).describe('Whether it begins with <?xml version="1.0"…?>'),
});

export type JsonToXmlConfig = z.output<typeof jsonToXmlConfig>;

/** `true` for the defaults. */
export const toXmlConfig = z.union([
  z.literal(true).transform(() => jsonToXmlConfig.parse({})),
  jsonToXmlConfig,
]);

export function compileJsonToXml(config: JsonToXmlConfig): (value: unknown) => Uint8Array {
  const writer = new Writer(config);
  return (value) => Buffer.from(writer.document(value));
}

class Writer {
  readonly #config: JsonToXmlConfig;

  constructor(config: JsonToXmlConfig) {
    this.#config = config;
  }

  document(value: unknown): string {
    const { root, declaration } = this.#config;
    const head = declaration ? '<?xml version="1.0" encoding="UTF-8"?>' : '';
    const only = isJsonObject(value) ? Object.entries(value) : [];
    const [first] = only;
    if (only.length === 1 && first && !this.#isSpecial(first[0]) && !Array.isArray(first[1])) {
      const [name, content] = first;
      if (name === (root ?? name)) return head + this.#element(name, content);
    }
    return head + this.#root(root ?? 'root', value);
  }

  #root(name: string, value: unknown): string {
    const { item } = this.#config;
    return this.#element(name, Array.isArray(value) ? { [item]: value } : value);
  }

  #isSpecial(name: string): boolean {
    const { attributes, text } = this.#config;
    return name === text || (attributes !== null && attributes !== '' && name.startsWith(attributes));
  }

  #elements(name: string, value: unknown): string {
    if (!Array.isArray(value)) return this.#element(name, value);
    let elements = '';
    for (const item of value) {
      elements += this.#element(name, Array.isArray(item) ? { [this.#config.item]: item } : item);
    }
    return elements;
  }

  #element(name: string, value: unknown): string {
    const tag = xmlName(name);
    if (!isJsonObject(value)) {
      const text = scalarText(value);
      return text === '' ? `<${tag}/>` : `<${tag}>${escapeXml(text, false)}</${tag}>`;
    }
    const attributes = this.#attributes(value);
    const content = this.#content(value);
    return content === '' ? `<${tag}${attributes}/>` : `<${tag}${attributes}>${content}</${tag}>`;
  }

  #attributes(object: JsonObject): string {
    const prefix = this.#config.attributes;
    if (prefix === null || prefix === '') return '';
    let attributes = '';
    for (const [name, value] of Object.entries(object)) {
      if (!name.startsWith(prefix) || !isScalar(value)) continue;
      attributes += ` ${xmlName(name.slice(prefix.length))}="${escapeXml(scalarText(value), true)}"`;
    }
    return attributes;
  }

  #content(object: JsonObject): string {
    const { text, attributes } = this.#config;
    let content = '';
    for (const [name, value] of Object.entries(object)) {
      const isAttribute =
        attributes !== null && attributes !== '' && name.startsWith(attributes) && isScalar(value);
      if (isAttribute) continue;
      if (name === text && isScalar(value)) content += escapeXml(scalarText(value), false);
      else content += this.#elements(name, value);
    }
    return content;
  }
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || value instanceof ExactNumber;
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return value instanceof ExactNumber ? value.text : String(value);
}

function xmlName(name: string): string {
  if (XML_NAME.test(name) && !/^xml/i.test(name)) return name;
  let result = '';
  for (const character of name === '' ? '_' : name) {
    const isPlain = /[A-Za-z_]/.test(character) || (result !== '' && /[0-9.-]/.test(character));
    result += isPlain ? character : `_x${hex(character)}_`;
  }
  return /^xml/i.test(result) ? `_x${hex(result.charAt(0))}_${result.slice(1)}` : result;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

/**
 * `format` of JSON Schema as an assertion, by ajv-formats, made safe for texts of strangers: a long text is no email address,
 * and no expression of these gets to walk it. Formats that are not known are annotations, as OpenAPI has it.
 */
import type { Format } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';

/** Some of the expressions take time quadratic in the text. */
const MAX_TEXT_LENGTH = 2_048;

export const FORMATS: Readonly<Record<string, Format>> = bounded();

function bounded(): Record<string, Format> {
  const formats: Record<string, Format> = {};
  for (const [name, format] of Object.entries(fullFormats)) {
    if (format instanceof RegExp) formats[name] = shortText((text) => format.test(text));
    else if (typeof format === 'function') formats[name] = shortText(format);
    else if (format === true || typeof format === 'string') formats[name] = format;
    else if (format.type === 'number') formats[name] = format;
    else {
      const { validate } = format;
      if (typeof validate === 'function')
        formats[name] = shortText((text) => Reflect.apply(validate, undefined, [text]));
      else if (validate instanceof RegExp) formats[name] = shortText((text) => validate.test(text));
    }
  }
  formats.byte = isBase64;
  return formats;
}

function shortText(test: (text: string) => unknown): (text: string) => boolean {
  return (text) => text.length <= MAX_TEXT_LENGTH && test(text) === true;
}

/** RFC 4648 §4, padded, of any length. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  let end = text.length;
  if (end > 0 && text[end - 1] === '=') end -= text[end - 2] === '=' ? 2 : 1;
  for (let i = 0; i < end; i += 1) {
    const code = text.charCodeAt(i);
    const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
    if (!isLetter && !(code >= 0x30 && code <= 0x39) && code !== 0x2b && code !== 0x2f) return false;
  }
  return true;
}

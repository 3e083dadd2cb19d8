/** Character references and the five predefined entities of XML 1.0 (§4.1, §4.6); others are not known here. */

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Text with its references resolved, once; `undefined` where one is unknown or no character. */
export function resolveReferences(text: string): string | undefined {
  let at = text.indexOf('&');
  if (at < 0) return text;
  let result = '';
  let copied = 0;
  while (at >= 0) {
    const end = text.indexOf(';', at);
    if (end < 0) return undefined;
    const resolved = resolve(text.slice(at + 1, end));
    if (resolved === undefined) return undefined;
    result += text.slice(copied, at) + resolved;
    copied = end + 1;
    at = text.indexOf('&', copied);
  }
  return result + text.slice(copied);
}

function resolve(name: string): string | undefined {
  if (Object.hasOwn(PREDEFINED, name)) return PREDEFINED[name];
  const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (!number) return undefined;
  const code = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
  return isXmlCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** Whether all of it is printable ASCII without a mark: nearly every text is. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x26 || code === 0x3c || code === 0x3e || code === 0x22)
      return false;
  }
  return true;
}

/** XML 1.0 §2.2. */
export function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/** Text as it stands in an element, or within an attribute's double quotes; what no XML may hold becomes U+FFFD. */
export function escapeXml(text: string, attribute: boolean): string {
  if (isPlain(text)) return text;
  let result = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '&') result += '&amp;';
    else if (character === '<') result += '&lt;';
    else if (character === '>') result += '&gt;';
    else if (attribute && character === '"') result += '&quot;';
    else if (code === 0x0d || (attribute && code < 0x20 && isXmlCharacter(code))) result += `&#${code};`;
    else result += isXmlCharacter(code) ? character : '\ufffd';
  }
  return result;
}

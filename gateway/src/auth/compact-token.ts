/**
 * The outer form of a JWT, before anything of it is decoded: three parts of base64url (RFC 7515 §7.1) without padding,
 * and in its payload no claim twice (RFC 7519 §4), since two readers might take two different ones.
 */

/** Whether a text has the form of a signed compact token. Five parts (encrypted) are not that. */
export function isCompactToken(text: string): boolean {
  let dots = 0;
  let partStart = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (i === partStart) return false;
      dots += 1;
      partStart = i + 1;
    } else if (!isBase64Url(code)) {
      return false;
    }
  }
  return dots === 2 && partStart < text.length;
}

function isBase64Url(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  );
}

/** Whether the object at the top of a JSON text has a member twice. The text must have been parsed before: it is sound. */
export function hasDuplicateMember(json: string): boolean {
  const seen = new Set<string>();
  let depth = 0;
  let expectsName = false;
  for (let i = 0; i < json.length; i += 1) {
    const char = json[i];
    if (char === '"') {
      const start = i;
      for (i += 1; json[i] !== '"' && i < json.length; i += 1) if (json[i] === '\\') i += 1;
      if (depth === 1 && expectsName) {
        const memberName: unknown = JSON.parse(json.slice(start, i + 1));
        if (typeof memberName !== 'string' || seen.has(memberName)) return true;
        seen.add(memberName);
        expectsName = false;
      }
    } else if (char === '{' || char === '[') {
      depth += 1;
      expectsName = depth === 1 && char === '{';
    } else if (char === '}' || char === ']') {
      depth -= 1;
    } else if (char === ',' && depth === 1) {
      expectsName = true;
    }
  }
  return false;
}

/** The payload of a compact token as text. */
export function payloadText(token: string): string {
  return Buffer.from(token.slice(token.indexOf('.') + 1, token.lastIndexOf('.')), 'base64url').toString(
    'utf8',
  );
}

/** Takes members out of messages of gRPC, as JSON: what an upstream or a route strips of its replies. */
import { FrontdeskError } from '../../core/errors.ts';
import type { JsonStripper } from '../../wire/json/json-strip.ts';

/** The message without them. What it was is not changed. */
export function stripMessage(json: unknown, strip: JsonStripper | undefined): unknown {
  if (!strip) return json;
  const stripped: unknown = JSON.parse(
    Buffer.from(stripBytes(Buffer.from(JSON.stringify(json)), strip)).toString('utf8'),
  );
  return stripped;
}

/** The same of a text. Throws `upstream_invalid` for what is no JSON: it may hold them, and nobody can tell. */
export function stripBytes(text: Uint8Array, strip: JsonStripper | undefined): Uint8Array {
  if (!strip || text.length === 0) return text;
  const stripped = strip(text);
  if (stripped) return stripped;
  throw new FrontdeskError('upstream_invalid', {
    detail: 'members must be stripped from this reply, but its body is not JSON',
  });
}

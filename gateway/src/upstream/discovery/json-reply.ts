/** What registries answer, checked: they are other people's programs. */
import type { z } from 'zod';
import type { RegistryReply } from '../transports/registry-client.ts';

/** Bytes of an answer, or of one line of a stream. */
export const MAX_REPLY_BYTES = 32 * 1024 * 1024;

const SHOWN_CHARS = 200;

/** The body of a reply with status 200. Rejects with what the registry said instead. */
export async function jsonOf<T extends z.ZodType>(
  reply: RegistryReply,
  schema: T,
  what: string,
): Promise<z.output<T>> {
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`${what} answered ${reply.status}${shown(text)}`);
  return parsed(text, schema, what);
}

/** Throws an `Error` in plain words. */
export function parsed<T extends z.ZodType>(text: string, schema: T, what: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what} answered with something that is no JSON`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${what} answered with something else: ${issue?.path.join('.')}: ${issue?.message}`);
}

function shown(text: string): string {
  const line = text.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  return line === '' ? '' : `: ${line.slice(0, SHOWN_CHARS)}`;
}

/** An endpoint as people write it into a file or a key: its URL alone, or with what else is to be said of it. */
import net from 'node:net';
import { z } from 'zod';
import { endpointUrl } from '../endpoints/endpoint-url.ts';

const fields = {
  url: endpointUrl.describe('Scheme, host, port and base path'),
  address: z
    .string()
    .refine((text) => net.isIP(text) !== 0, { message: 'expected an IP address' })
    .optional()
    .describe("Where connections go, where the URL's host is only the name to ask by"),
  weight: z.int().min(1).max(1000).default(1).describe("Share of the calls, against the others' weights"),
  zone: z.string().min(1).max(64).optional().describe('Where it stands, such as eu-west-1a'),
  priority: z.int().min(0).max(127).optional().describe('0 is asked first'),
};

/** A URL alone says the same as an entry with nothing else. */
function inFull(value: unknown): unknown {
  return typeof value === 'string' ? { url: value } : value;
}

/** Nothing but what is known: for files, where another key is a slip of the pen. */
export const strictEntry = z.preprocess(inFull, z.strictObject(fields));
/** Other members are others' matter: for keys that several programs read. */
export const looseEntry = z.preprocess(inFull, z.object(fields));

/** What is wrong, in one line. */
export function faultsOf(error: z.ZodError): string {
  const lines = error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`,
  );
  return lines.join('; ');
}

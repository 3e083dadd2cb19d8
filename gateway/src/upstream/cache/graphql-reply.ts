/** A GraphQL answer with errors may lack parts that the next one has: it is not kept, whatever its fields say. */
import type { HeaderFields } from '../../core/headers.ts';

/** Whether these bytes are such an answer to a request for `path`. */
export function isPartialGraphql(path: string, headers: HeaderFields, bytes: Uint8Array): boolean {
  const type = headers.get('content-type')?.toLowerCase() ?? '';
  const isGraphql =
    type.startsWith('application/graphql-response+json') ||
    (type.startsWith('application/json') && /[?&](?:query|extensions)=/.test(path));
  if (!isGraphql) return false;
  try {
    const answer: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof answer === 'object' && answer !== null && 'errors' in answer;
  } catch {
    // What cannot be read (a coding, no JSON) may be anything.
    return true;
  }
}

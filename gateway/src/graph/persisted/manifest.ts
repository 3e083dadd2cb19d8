/**
 * Manifests of registered documents, their formats told apart by what they hold: Apollo's
 * (`format: apollo-persisted-query-manifest`), and the plain map from identifier to text that Relay's and GraphQL Code
 * Generator's compilers write. Nothing is parsed as GraphQL here: that needs the schema.
 */
import { createHash } from 'node:crypto';

export interface RegisteredDocument {
  readonly id: string;
  readonly text: string;
  /** Which of its operations is meant where the request names none. */
  readonly operationName: string | undefined;
}

/** What is wrong with a manifest, and where; counted from 1. */
export interface ManifestFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type Manifest =
  | { readonly ok: true; readonly documents: readonly RegisteredDocument[] }
  | { readonly ok: false; readonly fault: ManifestFault };

const APOLLO = 'apollo-persisted-query-manifest';
const MAX_ID_LENGTH = 256;

/** Reads one manifest's text. */
export function parseManifest(text: string): Manifest {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return syntaxFault(text, error);
  }
  if (!isMap(content)) return fault(text, undefined, 'expected a JSON object');
  return 'format' in content && !isDocument(content.format)
    ? apolloManifest(text, content)
    : mapManifest(text, content);
}

/** A map may use the word `format` as an identifier; then a document stands under it. */
function isDocument(value: unknown): boolean {
  return typeof value === 'string' && value.includes('{');
}

function apolloManifest(text: string, content: Record<string, unknown>): Manifest {
  if (content.format !== APOLLO) return fault(text, 'format', `expected the format "${APOLLO}"`);
  if (content.version !== 1) return fault(text, 'version', 'expected version 1');
  const { operations } = content;
  if (!Array.isArray(operations)) return fault(text, 'operations', 'expected a list of operations');
  const documents: RegisteredDocument[] = [];
  for (const operation of operations) {
    if (!isMap(operation)) return fault(text, 'operations', 'expected each operation to be an object');
    const { id, body, name } = operation;
    if (typeof id !== 'string') return fault(text, 'operations', 'expected each operation to have an id');
    if (typeof body !== 'string') return fault(text, id, 'expected a body with the text of the document');
    const operationName = typeof name === 'string' && name !== '' ? name : undefined;
    documents.push({ id, text: body, operationName });
  }
  return checked(text, documents);
}

function mapManifest(text: string, content: Record<string, unknown>): Manifest {
  const documents: RegisteredDocument[] = [];
  for (const [id, body] of Object.entries(content)) {
    if (typeof body !== 'string') return fault(text, id, 'expected the text of a document');
    documents.push({ id, text: body, operationName: undefined });
  }
  return checked(text, documents);
}

function checked(text: string, documents: readonly RegisteredDocument[]): Manifest {
  const seen = new Map<string, string>();
  for (const document of documents) {
    const { id } = document;
    if (id === '' || id.length > MAX_ID_LENGTH) {
      return fault(text, id, `expected an identifier of 1 to ${MAX_ID_LENGTH} characters`);
    }
    if (document.text.trim() === '') return fault(text, id, 'expected the text of a document, not nothing');
    // The draft "Persisted Documents" of GraphQL over HTTP: this prefix promises the hash of the text.
    if (id.startsWith('sha256:') && id.slice(7).toLowerCase() !== sha256(document.text)) {
      return fault(text, id, 'the identifier is not the SHA-256 of the document');
    }
    const known = seen.get(id);
    if (known !== undefined && known !== document.text) {
      return fault(text, id, 'two documents have this identifier');
    }
    seen.set(id, document.text);
  }
  return { ok: true, documents };
}

/** SHA-256 in lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** V8 names the position in most of its messages; where it does not, the end is where the text stops making sense. */
function syntaxFault(text: string, error: unknown): Manifest {
  const found = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  const at = found === undefined ? text.length : Number(found);
  return { ok: false, fault: { ...placeOf(text, at), message: 'this is not valid JSON' } };
}

function fault(text: string, name: string | undefined, message: string): Manifest {
  const at = name === undefined ? 0 : Math.max(0, text.indexOf(JSON.stringify(name)));
  const about = name === undefined ? message : `"${name.slice(0, MAX_ID_LENGTH)}": ${message}`;
  return { ok: false, fault: { ...placeOf(text, at), message: about } };
}

function placeOf(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) {
    line += 1;
    lineStart = i + 1;
  }
  return { line, column: at - lineStart + 1 };
}

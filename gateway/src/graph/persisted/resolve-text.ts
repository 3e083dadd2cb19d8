/**
 * Which document a request means: the text that it sends, or one that it names. Every door of the graph asks here,
 * before anything is parsed, so that a rule about documents holds by POST, GET and WebSocket alike.
 *
 * A document is named by `documentId` (the draft "Persisted Documents" of GraphQL over HTTP: `sha256:HEX`, or an
 * identifier of one's own) or by `extensions.persistedQuery.sha256Hash` (Apollo's protocol).
 */
import { Refusal } from '../refusal.ts';
import type { AutomaticDocuments } from './automatic.ts';
import { type RegisteredDocument, sha256 } from './manifest.ts';

export interface DocumentReference {
  readonly query?: string | undefined;
  readonly documentId?: string | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

export interface ResolvedText {
  readonly text: string;
  /** Set where a manifest holds it. */
  readonly registered: RegisteredDocument | undefined;
  /** The hash under which it may be kept once it has proved to be valid. */
  readonly keepAs: string | undefined;
}

export interface TextRules {
  /** By every name that a request may use. */
  readonly registered: ReadonlyMap<string, RegisteredDocument>;
  /** Whether nothing else is served. */
  readonly onlyRegistered: boolean;
  readonly automatic: AutomaticDocuments | undefined;
}

type Resolved = ResolvedText | Refusal;

/** Finds the text. Waits only where a shared store must be asked. */
export function resolveText(reference: DocumentReference, rules: TextRules): Resolved | Promise<Resolved> {
  const { query, documentId, extensions } = reference;
  if (documentId === undefined && extensions === undefined) return plainText(query, rules);
  const hash = persistedHash(extensions);
  if (hash instanceof Refusal) return hash;
  if (documentId !== undefined) {
    if (query !== undefined || hash !== undefined)
      return bad('A request names a document or sends one, not both.');
    const registered = rules.registered.get(documentId);
    return registered ? known(registered) : notRegistered();
  }
  return hash === undefined ? plainText(query, rules) : byHash(hash, query, rules);
}

function plainText(query: string | undefined, { onlyRegistered }: TextRules): Resolved {
  if (query === undefined) return bad('The parameter "query" is missing.');
  if (!onlyRegistered) return { text: query, registered: undefined, keepAs: undefined };
  return refuse(400, 'PERSISTED_DOCUMENT_REQUIRED', 'Only registered documents are served, by their id.');
}

function byHash(hash: string, query: string | undefined, rules: TextRules): Resolved | Promise<Resolved> {
  const { registered, onlyRegistered, automatic } = rules;
  // A text beside the hash must be the text of that hash, whoever keeps it.
  if (query !== undefined && sha256(query) !== hash.toLowerCase())
    return refuse(400, 'PERSISTED_QUERY_HASH_MISMATCH', 'The hash is not that of the document.');
  const found = registered.get(hash) ?? registered.get(hash.toLowerCase());
  if (found) return known(found);
  if (onlyRegistered) return notRegistered();
  if (!automatic) {
    if (query !== undefined) return { text: query, registered: undefined, keepAs: undefined };
    return new Refusal('document', 400, [
      { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
    ]);
  }
  if (!SHA256.test(hash)) return notKept();
  const key = hash.toLowerCase();
  if (query !== undefined) return { text: query, registered: undefined, keepAs: key };
  const text = automatic.find(key);
  return text instanceof Promise ? text.then(automaticText) : automaticText(text);
}

const SHA256 = /^[0-9a-f]{64}$/i;

function automaticText(text: string | undefined): Resolved {
  return text === undefined ? notKept() : { text, registered: undefined, keepAs: undefined };
}

function known(registered: RegisteredDocument): Resolved {
  return { text: registered.text, registered, keepAs: undefined };
}

/** `undefined` where the protocol is not used. */
function persistedHash(extensions: DocumentReference['extensions']): string | undefined | Refusal {
  const persisted = extensions && own(extensions, 'persistedQuery');
  if (persisted === undefined || persisted === null) return undefined;
  if (!isMap(persisted)) return bad('The extension "persistedQuery" must be a map.');
  const hash = own(persisted, 'sha256Hash');
  if (own(persisted, 'version') !== 1) return bad('Only version 1 of "persistedQuery" is served.');
  return typeof hash === 'string' && hash !== '' ? hash : bad('The "sha256Hash" must be a string.');
}

/** What Apollo's clients wait for before they send the text: known by its message and its code. */
function notKept(): Refusal {
  return new Refusal('document', 404, [
    { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
  ]);
}

function notRegistered(): Refusal {
  return refuse(400, 'PERSISTED_DOCUMENT_NOT_FOUND', 'No document is registered under this identifier.');
}

function bad(message: string): Refusal {
  return refuse(400, 'BAD_REQUEST', message);
}

function refuse(status: number, code: string, message: string): Refusal {
  return new Refusal('refused', status, [{ message, extensions: { code } }]);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(map: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** Registered documents by all that they may be asked for: identifier, hash of the text, and that with its prefix. */
export function registeredByName(
  documents: readonly RegisteredDocument[],
): ReadonlyMap<string, RegisteredDocument> {
  const byName = new Map<string, RegisteredDocument>();
  for (const document of documents) {
    const hash = sha256(document.text);
    if (!byName.has(hash)) byName.set(hash, document);
    if (!byName.has(`sha256:${hash}`)) byName.set(`sha256:${hash}`, document);
  }
  // What a manifest says stands above what it implies.
  for (const document of documents) byName.set(document.id, document);
  return byName;
}

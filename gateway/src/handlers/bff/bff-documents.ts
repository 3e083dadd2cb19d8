/**
 * Documents that clients of a BFF name instead of sending: registered ones and automatic ones, by the rules of the graph
 * (`graph/persisted`). What a request names is put into it before Apollo Server sees it.
 */
import type { HTTPGraphQLRequest } from '@apollo/server';
import { type DocumentNode, type GraphQLSchema, parse, validate } from 'graphql';
import { refusal } from '../../graph/document/limits.ts';
import { isNestedTooDeeply } from '../../graph/document/nesting.ts';
import type { AutomaticDocuments } from '../../graph/persisted/automatic.ts';
import type { RegisteredDocument } from '../../graph/persisted/manifest.ts';
import { registeredByName, resolveText, type TextRules } from '../../graph/persisted/resolve-text.ts';
import { Refusal } from '../../graph/refusal.ts';

export interface BffDocumentsOptions {
  readonly registered: readonly RegisteredDocument[];
  readonly onlyRegistered: boolean;
  /** `undefined` where clients may register none. */
  readonly automatic: AutomaticDocuments | undefined;
}

/** A request, but for its header. */
export type AskedRequest = Omit<HTTPGraphQLRequest, 'headers'>;

/** A request with its text in it, and what to do once that proved to be good. */
export interface FilledRequest {
  readonly request: AskedRequest;
  keep(): void;
}

const NOTHING_TO_KEEP = (): void => {};

export class BffDocuments {
  readonly #rules: TextRules;

  constructor({ registered, onlyRegistered, automatic }: BffDocumentsOptions) {
    this.#rules = { registered: registeredByName(registered), onlyRegistered, automatic };
  }

  /** The request for Apollo Server, or why there is none. */
  async fill(request: AskedRequest): Promise<FilledRequest | Refusal> {
    const said = parametersOf(request);
    // What is no request at all Apollo Server says in its own words; it must hold no text that is not registered.
    if (!said) return { request, keep: NOTHING_TO_KEEP };
    const resolved = await resolveText(said, this.#rules);
    if (resolved instanceof Refusal) return resolved;
    const { text, registered, keepAs } = resolved;
    if (isNestedTooDeeply(text)) return Refusal.of(refusal('The document is nested too deeply.'));
    const keep = keepAs === undefined ? NOTHING_TO_KEEP : () => this.#rules.automatic?.keep(keepAs, text);
    return { request: withText(request, text, registered?.operationName), keep };
  }
}

/** What is wrong with registered documents, a line each. */
export function documentFaults(schema: GraphQLSchema, documents: readonly RegisteredDocument[]): string[] {
  return documents.flatMap(({ id, text }) => {
    let document: DocumentNode;
    try {
      document = parse(text);
    } catch (error) {
      return [`registered document ${id}: ${error instanceof Error ? error.message : String(error)}`];
    }
    return validate(schema, document).map(({ message }) => `registered document ${id}: ${message}`);
  });
}

interface Said {
  readonly query: string | undefined;
  readonly documentId: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

function parametersOf({ method, search, body }: AskedRequest): Said | undefined {
  if (method === 'POST') return isMap(body) ? saidBy((name) => body[name]) : undefined;
  const parameters = new URLSearchParams(search);
  return saidBy((name) => {
    const text = parameters.get(name) ?? undefined;
    return name === 'extensions' && text !== undefined ? jsonOf(text) : text;
  });
}

function saidBy(member: (name: string) => unknown): Said {
  const text = (name: string): string | undefined => {
    const value = member(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const extensions = member('extensions');
  return {
    query: text('query'),
    documentId: text('documentId'),
    extensions: isMap(extensions) ? extensions : undefined,
  };
}

/** The same request with this text, without the names of it, which Apollo Server would refuse. */
function withText(request: AskedRequest, text: string, operationName: string | undefined): AskedRequest {
  const { method, search, body } = request;
  if (method === 'POST' && isMap(body)) {
    const { documentId: _id, extensions, ...rest } = body;
    const named = rest.operationName ?? operationName;
    return {
      ...request,
      body: {
        ...rest,
        query: text,
        ...(named === undefined ? {} : { operationName: named }),
        ...(extensions === undefined ? {} : { extensions: withoutHash(extensions) }),
      },
    };
  }
  const parameters = new URLSearchParams(search);
  parameters.set('query', text);
  parameters.delete('documentId');
  const extensions = parameters.get('extensions');
  if (extensions !== null) parameters.set('extensions', JSON.stringify(withoutHash(jsonOf(extensions))));
  if (operationName !== undefined && !parameters.has('operationName'))
    parameters.set('operationName', operationName);
  return { ...request, search: `?${parameters}` };
}

function withoutHash(extensions: unknown): unknown {
  if (!isMap(extensions)) return extensions;
  const { persistedQuery: _hash, ...rest } = extensions;
  return rest;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

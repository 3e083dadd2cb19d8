/**
 * What is asked again and again: documents that Apollo Server found valid before, and that hold nothing but screens. Their
 * answers are made without it where they are whole and nobody's plugin looks on; every other request, and every answer with
 * an error, is Apollo Server's.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, type GraphQLSchema, getOperationAST } from 'graphql';
import { Lru } from '../../graph/lru.ts';
import { CompiledQuery, type ScreenRuns } from './compiled-query.ts';
import type { RequestRuns } from './request-runs.ts';

/** Bounds on what clients can fill it with. */
const MAX_DOCUMENTS = 1000;
const MAX_CHARACTERS = 2 * 1024 * 1024;
const MAX_TYPES = 50;
const MAX_ACCEPT_LENGTH = 200;

/** A request as a POST's body says it. */
interface Asked {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

interface KnownDocument {
  readonly document: DocumentNode;
  /** By name, `''` for the only one; made when it is first asked for again. */
  readonly queries: Map<string, CompiledQuery | undefined>;
}

export interface QuickAnswer {
  readonly text: string;
  readonly contentType: string;
}

export class QuickAnswers {
  readonly #schema: GraphQLSchema;
  readonly #known = new Lru<KnownDocument>(MAX_DOCUMENTS, {
    maxWeight: MAX_CHARACTERS,
    weigh: (_known, text) => text.length,
  });
  /** By `Accept`, what Apollo Server answered with. */
  readonly #types = new Lru<string>(MAX_TYPES);

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** Learns the documents that Apollo Server finds valid. */
  get plugin(): ApolloServerPlugin<RequestRuns> {
    return {
      requestDidStart: async () => ({
        didResolveOperation: async ({ source, document }) => this.learn(source, document),
      }),
    };
  }

  learn(text: string, document: DocumentNode): void {
    if (this.#known.get(text)?.document !== document) this.#known.set(text, { document, queries: new Map() });
  }

  /** Learns how a whole answer is sent to those who accept this. */
  learnType(accept: string | undefined, headers: Iterable<[string, string]>): void {
    const [first, ...others] = headers;
    if (first?.[0] !== 'content-type' || others.length > 0) return;
    if (accept === undefined || accept.length <= MAX_ACCEPT_LENGTH) this.#types.set(accept ?? '', first[1]);
  }

  /** `undefined`: Apollo Server is to be asked. Never rejects. */
  async answer(
    body: unknown,
    accept: string | undefined,
    runs: ScreenRuns,
  ): Promise<QuickAnswer | undefined> {
    const contentType = this.#types.get(accept ?? '');
    const asked = contentType === undefined ? undefined : askedBy(body);
    const query = asked && this.#queryOf(asked);
    const data = await query?.data(runs, asked?.variables);
    if (data === undefined || contentType === undefined) return undefined;
    return { text: `${JSON.stringify({ data })}\n`, contentType };
  }

  #queryOf({ query, operationName }: Asked): CompiledQuery | undefined {
    const known = this.#known.get(query);
    if (!known) return undefined;
    const { document, queries } = known;
    const name = operationName ?? '';
    if (queries.has(name)) return queries.get(name);
    const operation = getOperationAST(document, operationName);
    if (!operation) return undefined;
    const compiled = new CompiledQuery(this.#schema, document, operation);
    queries.set(name, compiled);
    return compiled;
  }
}

/** `undefined` for what Apollo Server has a word about. */
function askedBy(body: unknown): Asked | undefined {
  if (!isMap(body)) return undefined;
  const { query, operationName = null, variables = null, extensions = null } = body;
  if (typeof query !== 'string' || (extensions !== null && !isMap(extensions))) return undefined;
  if (operationName !== null && (typeof operationName !== 'string' || operationName === '')) return undefined;
  if (variables !== null && !isMap(variables)) return undefined;
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

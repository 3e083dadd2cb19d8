/**
 * One part of one request: it waits for the parts that it is asked with, asks, reads the answer by its type, and gives
 * it the shape of its rules. It is what the engine of screens runs.
 */
import { BackendStatusError } from '../../bff/backend-failure.ts';
import type { GraphClient } from '../../bff/graph-client.ts';
import { askerOf, type LastGood } from '../../bff/screen/last-good.ts';
import type { ErasedPartContext, Part } from '../../bff/screen/part.ts';
import type { PartScope } from '../../bff/screen/part-run.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { charsetOf, formatOf, isEncoded } from '../../wire/coding/body-format.ts';
import { MAX_JSON_DEPTH } from '../../wire/json/json-strip.ts';
import { copyJson, isJsonObject, parseJson } from '../../wire/json/json-value.ts';
import { callGraph } from '../bff/graph-call.ts';
import { callWhole, type JsonCall } from '../bff/json-call.ts';
import { attemptMs, type RequestReads } from '../bff/reads.ts';
import type { PartRequest } from './part-request.ts';
import type { TemplateSource } from './part-template.ts';
import type { PartCall, PartPlan } from './plan.ts';

/** What is read of answers; a backend that can speak both is asked for the first. */
const ACCEPT = 'application/json, application/xml;q=0.9, text/xml;q=0.8';

/** An answer as it came. */
export class PartAnswer {
  readonly headers: HeaderFields;
  /** `undefined` for one without content. */
  readonly bytes: Uint8Array | undefined;

  constructor(headers: HeaderFields, bytes: Uint8Array | undefined) {
    this.headers = headers;
    this.bytes = bytes;
  }
}

/** Asks for an answer of JSON or XML. */
export async function readAnswer(
  callUpstream: CallUpstream,
  call: JsonCall,
  maxBytes: number,
): Promise<PartAnswer> {
  const headers = call.headers?.accept === undefined ? { ...call.headers, accept: ACCEPT } : call.headers;
  const refusal = (contentType: string | undefined): string | undefined =>
    formatOf(contentType) ? undefined : `${contentType ?? 'no content type'}, neither JSON nor XML`;
  const whole = await callWhole(callUpstream, { ...call, headers }, refusal, maxBytes);
  return new PartAnswer(whole.headers, whole.bytes);
}

/** What the parts of one request have in common. */
export interface FetchShared {
  readonly source: Omit<TemplateSource, 'values'>;
  readonly reads: RequestReads;
  /** Asks what is not a read. */
  readonly ask: (call: JsonCall) => Promise<PartAnswer>;
  readonly graph: GraphClient | undefined;
  readonly lastGood: LastGood;
  /** The route's template. */
  readonly route: string;
}

type StandIn = 'lastGood' | 'constant';

export class PartFetch implements Part {
  readonly kind = 'part';
  readonly uses = undefined;
  readonly plan: PartPlan;
  /** The fields of the answer that its value is of; `undefined` where there is none to go by. */
  headers: HeaderFields | undefined;
  /** What stood in for it. */
  standIn: StandIn | undefined;
  readonly #shared: FetchShared;
  #scope: PartScope | undefined;
  #openedAt = 0;
  /** Under which its last good value is kept; known once it is known what is asked for. */
  #key: string | undefined;
  #isPartial = false;
  #fallback: { readonly value: unknown } | undefined;

  constructor(plan: PartPlan, shared: FetchShared) {
    this.plan = plan;
    this.#shared = shared;
  }

  get required(): boolean {
    return this.plan.required;
  }

  get scopes(): readonly string[] {
    return this.plan.written.scopes;
  }

  get timeoutMs(): number | undefined {
    return this.plan.written.timeout;
  }

  /** Asked for once it has failed. */
  get fallback(): { readonly value: unknown } | undefined {
    if (this.#fallback) return this.#fallback;
    const { fallback } = this.plan.written;
    if (!fallback) return undefined;
    const kept =
      this.#key === undefined || fallback.lastGood === undefined
        ? undefined
        : this.#shared.lastGood.get(this.#key, fallback.lastGood);
    const parsed = kept === undefined ? undefined : parseJson(Buffer.from(kept), MAX_JSON_DEPTH);
    if (parsed) {
      this.standIn = 'lastGood';
      this.#fallback = parsed;
    } else if (fallback.constant !== undefined) {
      this.standIn = 'constant';
      this.#fallback = { value: fallback.constant };
    }
    return this.#fallback;
  }

  /** The engine opens a part's clients right before it starts the part. */
  open(scope: PartScope): void {
    this.#scope = scope;
    this.#openedAt = this.#shared.lastGood.clock.now();
  }

  async resolve({ use }: ErasedPartContext): Promise<unknown> {
    const scope = this.#scope;
    if (!scope) throw new FrontdeskError('internal', { detail: `part ${this.plan.name} was not opened` });
    const { uses, call } = this.plan;
    const values = new Map<string, unknown>();
    if (uses.length > 0) {
      const used = await Promise.all(uses.map((name) => use(name).catch((error) => needs(name, error))));
      for (const [i, name] of uses.entries()) values.set(name, used[i]);
    }
    const source = { ...this.#shared.source, values };
    try {
      return await (call.kind === 'graph' ? this.#ask(call, source, scope) : this.#call(call, source, scope));
    } catch (error) {
      if (!(error instanceof BackendStatusError) || error.backendStatus !== 404) throw error;
      const { on404 } = this.plan.written;
      if (on404 === 'none') return null;
      if (on404 === 'notFound') {
        throw new FrontdeskError('not_found', { detail: `part ${this.plan.name}: ${error.detail}` });
      }
      throw error;
    }
  }

  shape(raw: unknown): unknown {
    const { reshape, isUsed, written, name } = this.plan;
    // Rules change what they are given, and others may still read it.
    const value = raw === null || !reshape ? raw : reshape(isUsed ? copyJson(raw) : raw);
    if (written.group === undefined && value !== null && !isJsonObject(value)) {
      const detail = `part ${name} is no object, and has no group to stand in`;
      throw new FrontdeskError('upstream_invalid', { detail });
    }
    if (this.#key !== undefined && written.fallback?.lastGood !== undefined && !this.#isPartial) {
      this.#shared.lastGood.put(this.#key, JSON.stringify(value), this.#openedAt);
    }
    return value;
  }

  async #ask(
    { operation, variables }: Extract<PartCall, { kind: 'graph' }>,
    source: TemplateSource,
    scope: PartScope,
  ): Promise<unknown> {
    const filled = variables(source);
    this.#key = this.#keyOf(['graph', operation, filled]);
    const { name, context } = scope;
    const notePartial = (): void => {
      this.#isPartial = true;
      scope.notePartial();
    };
    return callGraph(this.#shared.graph, { name, context, notePartial }, operation, filled);
  }

  async #call(
    { upstream, method, template, request }: Extract<PartCall, { kind: 'rest' }>,
    source: TemplateSource,
    scope: PartScope,
  ): Promise<unknown> {
    const made = request.make(source);
    this.#key = this.#keyOf([upstream, method, made]);
    const answer = await this.#answer({ upstream, method, template }, made, scope);
    this.headers = answer.headers;
    if (!answer.bytes || answer.bytes.length === 0) return null;
    const contentType = answer.headers.get('content-type');
    const isXml = formatOf(contentType) === 'xml';
    const parsed = isEncoded(answer.headers)
      ? undefined
      : isXml
        ? this.plan.readXml(answer.bytes, charsetOf(contentType))
        : parseJson(answer.bytes, MAX_JSON_DEPTH);
    if (parsed) return parsed.value;
    const what = `${upstream}: ${method} ${template}`;
    throw new FrontdeskError('upstream_invalid', {
      detail: `${what} answered what is no ${isXml ? 'XML' : 'JSON'}, or nests too deeply`,
    });
  }

  async #answer(
    { upstream, method, template }: { upstream: string; method: string; template: string },
    { path, headers, body }: PartRequest,
    scope: PartScope,
  ): Promise<PartAnswer> {
    if (method === 'GET') {
      const read = { upstream, path, template, headers, batch: undefined };
      const answer = await this.#shared.reads.get(read, scope);
      if (answer instanceof PartAnswer) return answer;
      throw new TypeError('a read answered something else');
    }
    const call: JsonCall = {
      upstream,
      context: scope.context,
      method,
      path,
      template,
      headers,
      body,
      idempotent: undefined,
      timeoutMs: attemptMs(scope),
      label: scope.name,
    };
    return this.#shared.ask(call);
  }

  /** `undefined` where no value is kept. */
  #keyOf(asked: unknown): string | undefined {
    const { fallback } = this.plan.written;
    if (fallback?.lastGood === undefined) return undefined;
    const { source, route } = this.#shared;
    const who = fallback.shared ? '*' : askerOf(source.exchange);
    return JSON.stringify([route, this.plan.name, this.plan.digest, asked, who]);
  }
}

/** Why a part failed that needed another: by the other's fault, which is named. */
function needs(name: string, thrown: unknown): never {
  const error = toFrontdeskError(thrown);
  const { code, detail, retryAfterS, headers, members } = error;
  throw new FrontdeskError(code, {
    cause: error,
    detail: `it needs part ${name}, which failed: ${detail ?? code}`,
    headers,
    members,
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  });
}

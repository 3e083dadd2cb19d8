/**
 * What a route changes of a reply: header fields, the shape of JSON bodies, the fields that the client asked for, and
 * JSON for XML or XML for JSON. Only bodies of a JSON (or XML) type with a fitting status are read, and only where
 * something is to be done with them: everything else is streamed as it came. What nobody may see is better taken out by
 * `strip`, which refuses what it cannot read.
 */
import { z } from 'zod';
import { collect, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';
import { sizeBytes } from '../../settings/settings.ts';
import {
  askReadable,
  type BodyFormat,
  charsetOf,
  forgetBytes,
  formatOf,
  isEncoded,
} from '../../wire/coding/body-format.ts';
import { preferredType } from '../../wire/content-negotiation.ts';
import { type ApplyHeaderRules, compileHeaderRules, responseHeaderRules } from '../../wire/header-rules.ts';
import { fieldSelectionConfig, parseFields, takeParameter } from '../../wire/json/field-selection.ts';
import { compileJsonRules, compileJsonText, jsonRulesConfig } from '../../wire/json/json-reshape.ts';
import { keepNamed } from '../../wire/json/json-select.ts';
import { MAX_JSON_DEPTH } from '../../wire/json/json-strip.ts';
import { compileJsonToXml, toXmlConfig } from '../../wire/json/json-to-xml.ts';
import type { PathTree } from '../../wire/json/json-tree.ts';
import { parseJson } from '../../wire/json/json-value.ts';
import { compileXmlToJson, fromXmlConfig } from '../../wire/json/xml-to-json.ts';
import { appendVary } from '../../wire/vary.ts';
import { protobufBodyConfig } from '../grpc/protobuf-config.ts';

/** `text/xml` is the other name of `application/xml` (RFC 7303 §9.2). */
const TYPES = { 'application/json': 'json', 'application/xml': 'xml', 'text/xml': 'xml' } as const;

const statusRange = z.union([z.int().min(200).max(599), z.enum(['2xx', '3xx', '4xx', '5xx'])], {
  error: 'expected a status such as 404, or 2xx, 3xx, 4xx or 5xx',
});

export const replyRulesShape = {
  headers: responseHeaderRules.optional().describe('Header fields of every reply of the backend'),
  json: jsonRulesConfig.optional().describe('Rules for JSON bodies'),
  fields: fieldSelectionConfig.optional(),
  fromXml: fromXmlConfig.optional().describe('XML replies become JSON, and rules hold for them too'),
  toXml: toXmlConfig.optional().describe('How JSON is written as XML; without `produces` always'),
  protobuf: protobufBodyConfig.optional(),
  produces: z
    .array(z.enum(['application/json', 'application/xml']))
    .min(1)
    .optional()
    .describe('What clients may choose from by Accept, the best first; otherwise 406'),
  statuses: z.array(statusRange).min(1).default(['2xx']).describe('Of which replies bodies are changed'),
  maxSize: sizeBytes.prefault('10MiB').describe('Largest body that is changed; larger ones are refused'),
};

const replyRules = z.strictObject(replyRulesShape);

export type ReplyRulesConfig = z.output<typeof replyRules>;

/** What is known of the answer before there is one. */
interface Wish {
  readonly format: BodyFormat | undefined;
  readonly fields: PathTree<true> | undefined;
}

export interface ReplyRules {
  /** Before the call: what the client wants of it. Throws `not_acceptable` or `bad_request`. */
  prepare(exchange: Exchange): Wish;
  /** Changes the reply. Rejects with `upstream_invalid` or `upstream_too_large`. */
  apply(exchange: Exchange, reply: Reply, wish: Wish): Promise<Reply> | Reply;
}

/** `undefined` where nothing is to be done. */
export function compileReplyRules(config: ReplyRulesConfig, clock: Clock): ReplyRules | undefined {
  const { json, fields, fromXml, toXml, produces } = config;
  const changesHeaders = compileHeaderRules(config.headers);
  if (!json && !fields && !fromXml && !toXml && !produces && !changesHeaders) return undefined;
  return new Rules(config, changesHeaders, clock);
}

class Rules implements ReplyRules {
  readonly #config: ReplyRulesConfig;
  readonly #clock: Clock;
  readonly #changeHeaders: ApplyHeaderRules | undefined;
  readonly #reshapeText: ReturnType<typeof compileJsonText> | undefined;
  readonly #reshape: ReturnType<typeof compileJsonRules> | undefined;
  readonly #readXml: ReturnType<typeof compileXmlToJson> | undefined;
  readonly #writeXml: ReturnType<typeof compileJsonToXml>;
  readonly #statuses: ReadonlySet<number | string>;
  /** What the backend speaks, as far as the configuration knows. */
  readonly #spoken: BodyFormat;
  /** What the backend is asked for, where that is not the client's matter. */
  readonly #accept: string | undefined;

  constructor(config: ReplyRulesConfig, changeHeaders: ApplyHeaderRules | undefined, clock: Clock) {
    const { json, fromXml, toXml, produces } = config;
    this.#config = config;
    this.#clock = clock;
    this.#changeHeaders = changeHeaders;
    this.#reshapeText = json && compileJsonText(json);
    this.#reshape = json && compileJsonRules(json);
    this.#readXml = fromXml && compileXmlToJson(fromXml);
    this.#writeXml = compileJsonToXml(toXml ?? toXmlConfig.parse(true));
    this.#statuses = new Set(config.statuses);
    this.#spoken = fromXml ? 'xml' : 'json';
    if (fromXml) this.#accept = 'application/xml, text/xml;q=0.9, application/json;q=0.9, */*;q=0.1';
    else if (toXml || produces) this.#accept = 'application/json';
  }

  prepare(exchange: Exchange): Wish {
    const { headers } = exchange;
    const format = this.#formatFor(headers.get('accept'));
    const fields = this.#fieldsOf(exchange);
    if (this.#accept !== undefined) headers.set('accept', this.#accept);
    if (this.#reads({ format, fields })) askReadable(headers);
    // Its validators are those of the other form (RFC 9110 §8.8.3): they would say "not modified" of what it never had.
    if (this.#config.produces && format !== this.#spoken) {
      headers.delete('if-none-match');
      headers.delete('if-modified-since');
    }
    return { format, fields };
  }

  apply(exchange: Exchange, reply: Reply, wish: Wish): Promise<Reply> | Reply {
    const { headers } = reply;
    if (this.#config.produces) appendVary(headers, 'Accept');
    if (reply.status === 304) {
      if (this.#reads(wish)) forgetBytes(headers);
      return this.#finish(exchange, reply);
    }
    const from = this.#isMeant(reply.status) ? formatOf(headers.get('content-type')) : undefined;
    const to = wish.format ?? from;
    const isRead = from === 'json' || (from === 'xml' && this.#readXml !== undefined);
    if (!isRead || (from === to && !wish.fields && !this.#reshape)) return this.#finish(exchange, reply);
    if (exchange.method === 'HEAD' || reply.status === 204) {
      this.#describe(headers, from, to ?? from);
      return this.#finish(exchange, reply);
    }
    return this.#change(exchange, reply, from, to ?? from, wish.fields);
  }

  async #change(
    exchange: Exchange,
    reply: Reply,
    from: BodyFormat,
    to: BodyFormat,
    fields: PathTree<true> | undefined,
  ): Promise<Reply> {
    const { headers } = reply;
    if (isEncoded(headers)) {
      const error = unreadable(`its content-encoding is ${headers.get('content-encoding')}`);
      reply.body.discard(error);
      throw error;
    }
    const bytes = await collect(reply.body, this.#config.maxSize, tooLarge);
    if (bytes.length > 0) {
      const changed = this.#changed(bytes, from, to, fields, headers);
      if (!changed) throw unreadable(`its body is no ${from}, or nests too deeply`);
      reply.body = new WholeBody(changed);
      this.#describe(headers, from, to);
      headers.set('content-length', String(changed.length));
    } else reply.body = new WholeBody(bytes);
    return this.#finish(exchange, reply);
  }

  #changed(
    bytes: Uint8Array,
    from: BodyFormat,
    to: BodyFormat,
    fields: PathTree<true> | undefined,
    headers: HeaderFields,
  ): Uint8Array | undefined {
    if (from === 'json' && to === 'json' && !fields && this.#reshapeText) return this.#reshapeText(bytes);
    const parsed =
      from === 'json'
        ? parseJson(bytes, MAX_JSON_DEPTH)
        : this.#readXml?.(bytes, charsetOf(headers.get('content-type')));
    if (!parsed) return undefined;
    const reshaped = this.#reshape ? reshapedBy(this.#reshape, parsed.value) : parsed.value;
    const value = fields ? (keepNamed(reshaped, fields) ?? null) : reshaped;
    return to === 'json' ? Buffer.from(JSON.stringify(value)) : this.#writeXml(value);
  }

  #describe(headers: HeaderFields, from: BodyFormat, to: BodyFormat): void {
    forgetBytes(headers);
    if (to === from) return;
    headers.set('content-type', to === 'json' ? 'application/json' : 'application/xml; charset=utf-8');
    // Two forms under one validator could not be told apart.
    if (this.#config.produces && to !== this.#spoken) headers.delete('etag');
  }

  /** Whether a body may have to be read. */
  #reads({ format, fields }: Wish): boolean {
    return (
      fields !== undefined || this.#reshape !== undefined || this.#readXml !== undefined || format === 'xml'
    );
  }

  #finish(exchange: Exchange, reply: Reply): Reply {
    this.#changeHeaders?.(reply.headers, exchange, this.#clock);
    return reply;
  }

  #isMeant(status: number): boolean {
    return this.#statuses.has(status) || this.#statuses.has(`${Math.trunc(status / 100)}xx`);
  }

  #formatFor(accept: string | undefined): BodyFormat | undefined {
    const { produces, fromXml, toXml } = this.#config;
    if (!produces) return toXml ? 'xml' : fromXml ? 'json' : undefined;
    const aliases = produces.includes('application/xml') ? (['text/xml'] as const) : [];
    const type = preferredType(accept, [...produces, ...aliases]);
    if (type !== undefined) return TYPES[type];
    const members = { produces };
    const headers = [['vary', 'Accept']] as const;
    throw new FrontdeskError('not_acceptable', { detail: `Accept: ${accept}`, members, headers });
  }

  #fieldsOf(exchange: Exchange): PathTree<true> | undefined {
    const { fields } = this.#config;
    if (!fields || exchange.query === '') return undefined;
    const { value, rest } = takeParameter(exchange.query, fields.param);
    if (value === undefined) return undefined;
    if (!fields.forward) exchange.query = rest;
    return parseFields(value, fields);
  }
}

function reshapedBy(reshape: ReturnType<typeof compileJsonRules>, value: unknown): unknown {
  try {
    return reshape(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FrontdeskError('upstream_too_large', {
      detail: 'a reply grows too much by its rules',
      cause: error,
    });
  }
}

function unreadable(why: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `a reply is to be changed, but ${why}` });
}

function tooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('upstream_too_large', {
    detail: `a reply cannot be changed past ${maxBytes} bytes`,
  });
}

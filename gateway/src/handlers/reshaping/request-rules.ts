/**
 * What a route changes of a request before it goes on: header fields, and a JSON or XML body by rules and with values
 * of ours in it. A body for which there are rules must be one that they can be applied to: anything else is refused,
 * so that nobody gets past them by another content type. A body without rules is never read here.
 */
import { z } from 'zod';
import { collect, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';
import { charsetOf, forgetBytes, formatOf, isEncoded } from '../../wire/coding/body-format.ts';
import { compileHeaderRules, requestHeaderRules } from '../../wire/header-rules.ts';
import { assignAt, dropTwins } from '../../wire/json/json-assign.ts';
import { jsonPath, parseJsonPath } from '../../wire/json/json-path.ts';
import {
  checkJsonRules,
  compileJsonRules,
  type JsonReshape,
  jsonRulesShape,
} from '../../wire/json/json-reshape.ts';
import { MAX_JSON_DEPTH } from '../../wire/json/json-strip.ts';
import { compileJsonToXml, toXmlConfig } from '../../wire/json/json-to-xml.ts';
import { isJsonObject, parseJson } from '../../wire/json/json-value.ts';
import { compileValue, requestTemplate } from '../../wire/json/value-template.ts';
import { compileXmlToJson, fromXmlConfig, type XmlToJson } from '../../wire/json/xml-to-json.ts';
import { protobufBodyConfig } from '../grpc/protobuf-config.ts';

const requestJsonConfig = z
  .strictObject({
    ...jsonRulesShape,
    set: z
      .record(
        jsonPath.refine((path) => !/(^|\.)(\*|\d+)$/.test(path), {
          message: 'expected a path that ends with a name',
        }),
        requestTemplate,
      )
      .optional()
      .describe(
        'Path → a value of the request, the identity or the time; what clients sent there is dropped',
      ),
  })
  .superRefine(checkJsonRules);

export const requestRulesShape = {
  headers: requestHeaderRules.optional().describe('Header fields, on their way to the backend'),
  json: requestJsonConfig.optional().describe('Rules for JSON bodies'),
  fromXml: fromXmlConfig.optional().describe('XML bodies become JSON'),
  toXml: toXmlConfig.optional().describe('JSON bodies go on as XML'),
  protobuf: protobufBodyConfig.optional(),
};

const requestRules = z.strictObject(requestRulesShape);

export type RequestRulesConfig = z.output<typeof requestRules>;

/** Changes the exchange. Rejects with `bad_request`, `unsupported_media_type` or `payload_too_large`. */
export type RequestRules = (exchange: Exchange) => Promise<void> | undefined;

/** `undefined` where nothing is to be done. */
export function compileRequestRules(
  config: RequestRulesConfig,
  maxBodyBytes: number,
  clock: Clock,
): RequestRules | undefined {
  const changeHeaders = compileHeaderRules(config.headers);
  const changeBody = config.json || config.fromXml || config.toXml ? bodyRules(config, clock) : undefined;
  if (!changeHeaders && !changeBody) return undefined;
  return (exchange) => {
    changeHeaders?.(exchange.headers, exchange, clock);
    return changeBody?.(exchange, maxBodyBytes);
  };
}

type BodyRules = (exchange: Exchange, maxBytes: number) => Promise<void> | undefined;

function bodyRules({ json, fromXml, toXml }: RequestRulesConfig, clock: Clock): BodyRules {
  const reshape = json && compileJsonRules(json);
  const fill = json?.set && filling(json.set, clock);
  const readXml = fromXml && compileXmlToJson(fromXml);
  const writeXml = toXml && compileJsonToXml(toXml);
  return (exchange, maxBytes) => {
    const { method, headers } = exchange;
    const isEmpty = exchange.body.length === 0;
    if (isEmpty && !(fill && (method === 'POST' || method === 'PUT' || method === 'PATCH'))) return undefined;
    const change = async (): Promise<void> => {
      const given = isEmpty ? {} : await read(exchange, readXml, maxBytes);
      const reshaped = reshape ? reshapedBy(reshape, given) : given;
      const value = fill ? fill(reshaped, exchange) : reshaped;
      forgetBytes(headers);
      // Of a body that is there now it would not be true.
      headers.delete('content-encoding');
      if (writeXml) {
        exchange.body = new WholeBody(writeXml(value));
        headers.set('content-type', 'application/xml; charset=utf-8');
      } else {
        exchange.body = new WholeBody(JSON.stringify(value));
        if (formatOf(headers.get('content-type')) !== 'json') headers.set('content-type', 'application/json');
      }
    };
    return change();
  };
}

function reshapedBy(reshape: JsonReshape, value: unknown): unknown {
  try {
    return reshape(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FrontdeskError('payload_too_large', {
      detail: 'the body grows too much by its rules',
      cause: error,
    });
  }
}

/** Whether the bytes are what JSON is written in (RFC 8259 §8.1): another charset would be another text to the backend. */
function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset);
}

async function read(exchange: Exchange, readXml: XmlToJson | undefined, maxBytes: number): Promise<unknown> {
  const { headers, body } = exchange;
  const contentType = headers.get('content-type');
  const format = formatOf(contentType);
  const isReadable = format === 'json' ? isUtf8(charsetOf(contentType)) : format === 'xml' && readXml;
  if (isEncoded(headers) || !isReadable) {
    const error = new FrontdeskError('unsupported_media_type', {
      detail: `a body of ${contentType ?? 'no content type'} where rules ask for ${readXml ? 'JSON or XML' : 'JSON'}`,
    });
    body.discard(error);
    throw error;
  }
  const bytes = await collect(body, maxBytes, (max) => {
    return new FrontdeskError('payload_too_large', { detail: `more than ${max} bytes` });
  });
  const parsed =
    format === 'xml' ? readXml?.(bytes, charsetOf(contentType)) : parseJson(bytes, MAX_JSON_DEPTH);
  if (parsed) return parsed.value;
  throw new FrontdeskError('bad_request', { detail: `the body is no ${format}, or nests too deeply` });
}

/** Sets our values, and none where a value is missing. What a client sent there goes in any case, in any spelling. */
function filling(
  set: Readonly<Record<string, string>>,
  clock: Clock,
): (value: unknown, exchange: Exchange) => unknown {
  const values = Object.entries(set).map(([path, text]) => ({
    steps: parseJsonPath(path),
    make: compileValue(text),
  }));
  return (value, exchange) => {
    if (!isJsonObject(value)) {
      throw new FrontdeskError('bad_request', {
        detail: 'the body is no JSON object, and values are set in it',
      });
    }
    for (const { steps } of values) dropTwins(value, steps);
    for (const { steps, make } of values) {
      const made = make(exchange, clock);
      if (made !== undefined) assignAt(value, steps, () => made, true);
    }
    return value;
  };
}

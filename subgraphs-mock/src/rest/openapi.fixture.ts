/** The REST services with their OpenAPI documents: whatever is called is held to its document. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { parse } from 'yaml';
import { isRecord } from '../http/request-body.ts';
import { type RunningService, startService } from '../index.ts';

const REST_SERVICES = [
  'users',
  'recommendations',
  'analytics',
  'payments',
  'notifications',
  'trips',
] as const;
export type RestService = (typeof REST_SERVICES)[number];
export type Document = Readonly<Record<string, unknown>>;

const services = new Map<RestService, RunningService>();
export const documents = new Map<RestService, Document>();
/** Each answer that was had, as `payments post /charges 201`. */
export const covered = new Set<string>();
const ajv = new Ajv2020({ strict: false, formats: fullFormats });

export async function startDocumented(): Promise<void> {
  for (const name of REST_SERVICES) {
    services.set(name, await startService(name, { port: 0 }));
    const location = fileURLToPath(import.meta.resolve(`@frontdesk/schema/${name}.openapi.yaml`));
    const document: unknown = parse(readFileSync(location, 'utf8'));
    assert.ok(isRecord(document));
    documents.set(name, document);
    ajv.addSchema({ $id: name, ...document });
  }
}

export async function closeDocumented(): Promise<void> {
  await Promise.all(services.values().map((service) => service.close()));
}

export function urlOf(name: RestService): string {
  return services.get(name)?.url ?? '';
}

/** Holds a value to the schema at a place of a document. */
export function conform(name: RestService, pointer: string, value: unknown, where: string): void {
  const validate = ajv.compile({ $ref: `${name}${encodeURI(pointer)}` });
  assert.ok(validate(value), `${where}: ${ajv.errorsText(validate.errors)}`);
}

/** The member of a document at a path of keys, with references within the document followed. */
export function at(document: Document, ...keys: readonly string[]): { pointer: string; value: unknown } {
  let value: unknown = document;
  let pointer = '#';
  for (const key of keys) {
    if (!isRecord(value)) return { pointer, value: undefined };
    value = value[key];
    pointer += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isRecord(value) && typeof value.$ref === 'string') {
      pointer = value.$ref;
      value = at(document, ...pointer.slice(2).split('/')).value;
    }
  }
  return { pointer, value };
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls, and holds the answer to what the document says of `template`. */
export async function call(
  name: RestService,
  template: string,
  path: string,
  expected: Call,
): Promise<unknown> {
  const { method = 'GET', status, body, headers = {} } = expected;
  const response = await fetch(`${urlOf(name)}${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  const where = `${method} ${path}`;
  assert.equal(response.status, status, `${where}: ${JSON.stringify(answer)}`);
  const document = documents.get(name) ?? {};
  const keys = ['paths', template, method.toLowerCase(), 'responses', String(status), 'content'];
  const contentType = response.headers.get('content-type') ?? '';
  const { pointer, value } = at(document, ...keys, contentType, 'schema');
  assert.ok(value, `${where}: ${status} ${contentType} is not in the document`);
  conform(name, pointer, answer, where);
  covered.add(`${name} ${method.toLowerCase()} ${template} ${status}`);
  return answer;
}

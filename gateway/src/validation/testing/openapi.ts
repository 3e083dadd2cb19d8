/** For tests: a document in memory, its operations compiled. */
import { systemClock } from '../../core/clock.ts';
import { Keyed } from '../../core/keyed.ts';
import { validateConfig } from '../config.ts';
import { type Description, type LoadParts, loadDescription } from '../description.ts';
import { Documents } from '../documents.ts';
import { readOpenapi } from '../openapi.ts';
import type { Operation } from '../operation.ts';

export function openapi(
  paths: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { openapi: '3.1.0', info: { title: 't', version: '1' }, paths, ...more };
}

/** Its operations, by `METHOD /template`. */
export async function operationsOf(
  document: Record<string, unknown>,
  settings: Record<string, unknown> = {},
): Promise<Map<string, Operation>> {
  const config = validateConfig.parse({ openapi: 'in memory', ...settings });
  if (!('openapi' in config)) throw new TypeError('settings of an OpenAPI document');
  const { operations, checks } = readOpenapi(await Documents.inline(document, 'openapi'), config);
  for (const one of checks) await one.compile(systemClock);
  return new Map(operations.map(({ template, operation }) => [`${operation.method} ${template}`, operation]));
}

/** The only operation of a document with the path `/`. */
export async function operationOf(
  operation: Record<string, unknown>,
  more: Record<string, unknown> = {},
  settings: Record<string, unknown> = {},
): Promise<Operation> {
  const [only] = (await operationsOf(openapi({ '/': { post: operation } }, more), settings)).values();
  if (!only) throw new TypeError('a document without an operation');
  return only;
}

export function loadParts(): LoadParts {
  return {
    kept: new Keyed<Promise<Description>>(10),
    clock: systemClock,
    suggest: (_, known) => `known: ${known.join()}`,
  };
}

export function load(
  settings: Record<string, unknown>,
  parts: LoadParts = loadParts(),
): Promise<Description> {
  return loadDescription(validateConfig.parse(settings), parts);
}

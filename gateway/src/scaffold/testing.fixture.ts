/** Documents of backends for the tests of what is made from them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type DescribedBackend, describedBackend } from './reads.ts';

/** A read that answers with JSON of this schema. */
export function readOf(schema: object, parameters: readonly object[] = []): object {
  return { get: { parameters, responses: { 200: { content: { 'application/json': { schema } } } } } };
}

/** A file that goes with the test. */
export function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-scaffold-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'api.json');
  writeFileSync(file, text);
  return file;
}

/** What a document with these paths promises. */
export function backendOf(t: TestContext, paths: object, more: object = {}): Promise<DescribedBackend> {
  return describedBackend(fileOf(t, JSON.stringify({ openapi: '3.1.0', ...more, paths })));
}

export const USER = {
  type: 'object',
  required: ['id', 'age'],
  properties: { id: { type: 'string', example: 'u1' }, age: { type: 'integer', minimum: 18 } },
};
export const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string' }, example: '42' };

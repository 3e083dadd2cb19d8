/** Whatever is named like a secret is marked as one, so that nobody is shown it: the whole schema, walked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { configSchema } from './schema.ts';

const SECRET_NAME =
  /(secret|password|passphrase|pepper|token|credential)s?$|(^|[a-z])(private|api|session|signing|hmac)?keys?$/i;

/** Settings whose name says secret, and which are none: what they are, instead. */
const NOT_SECRET: readonly RegExp[] = [
  // Paths of files.
  /\.tls(\.others\[\])?\.key$/,
  // Where public keys are.
  /^\.auth\.jwt(\[\])?\.keys$/,
  // What requests are spread by.
  /\.balance\.key$/,
];

interface Found {
  readonly path: string;
  readonly marked: boolean;
}

function isMarked(schema: unknown): boolean {
  return schema instanceof z.ZodType && z.globalRegistry.get(schema)?.writeOnly === true;
}

/** Texts and lists of texts, by their path; whether they, or what holds them, are marked. */
function texts(schema: unknown, path: string, marked: boolean, seen: Set<unknown>, into: Found[]): void {
  if (!(schema instanceof z.ZodType) || seen.has(schema)) return;
  const within = new Set(seen).add(schema);
  const is = marked || isMarked(schema);
  if (schema instanceof z.ZodString) into.push({ path, marked: is });
  else if (schema instanceof z.ZodObject) {
    for (const [key, value] of Object.entries(schema.shape)) texts(value, `${path}.${key}`, is, within, into);
  } else if (schema instanceof z.ZodRecord) texts(schema.valueType, `${path}.*`, is, within, into);
  else if (schema instanceof z.ZodArray) texts(schema.element, `${path}[]`, is, within, into);
  else if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) texts(option, path, is, within, into);
  } else if (schema instanceof z.ZodPipe) {
    texts(schema.in, path, is, within, into);
  } else if (schema instanceof z.ZodIntersection) {
    texts(schema.def.left, path, is, within, into);
    texts(schema.def.right, path, is, within, into);
  } else if (schema instanceof z.ZodLazy) texts(schema.def.getter(), path, is, within, into);
  else if ('innerType' in schema.def) texts(schema.def.innerType, path, is, within, into);
}

test('what is named secret, password, token, key or pepper is marked as a secret', () => {
  const found: Found[] = [];
  texts(configSchema, '', false, new Set(), found);
  assert.ok(found.length > 100, String(found.length));
  const unmarked = found.filter(({ path, marked }) => {
    const name = path.replaceAll('[]', '').split('.').at(-1) ?? '';
    return !marked && SECRET_NAME.test(name) && !NOT_SECRET.some((known) => known.test(path));
  });
  assert.deepEqual([...new Set(unmarked.map(({ path }) => path))], []);
  assert.ok(found.some(({ path, marked }) => path === '.admin.token' && marked));
});

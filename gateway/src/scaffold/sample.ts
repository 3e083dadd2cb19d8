/**
 * A value that a JSON Schema allows, for backends that are not there: the schema's own example where it has one, else
 * the least that fits. Always the same for the same schema.
 */
import type { Documents, Place } from '../validation/documents.ts';
import { isRecord } from '../validation/pointer.ts';

/** Beyond this a schema that holds itself ends. */
const MAX_DEPTH = 12;
const TEXTS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00Z',
  uuid: '00000000-0000-4000-8000-000000000000',
  email: 'ada@example.org',
  uri: 'https://example.org/',
  hostname: 'example.org',
  ipv4: '192.0.2.1',
};

/** `name`: the member that it is, which says more than `text` where the schema says nothing. @throws DescriptionError */
export function sampleOf(documents: Documents, at: Place, name = 'text', depth = 0): unknown {
  const place = documents.resolve(at);
  const schema = place.value;
  if (!isRecord(schema) || depth > MAX_DEPTH) return null;
  const stated = statedValue(schema);
  if (stated) return stated.value;
  const inner = (...keys: string[]): unknown =>
    sampleOf(documents, documents.at(place, ...keys), name, depth + 1);
  if (Array.isArray(schema.allOf)) {
    const parts = schema.allOf.map((_, i) => inner('allOf', String(i))).filter(isRecord);
    return Object.assign({}, objectSample(documents, place, depth), ...parts);
  }
  for (const key of ['oneOf', 'anyOf'] as const) if (Array.isArray(schema[key])) return inner(key, '0');
  switch (typeOf(schema)) {
    case 'object':
      return objectSample(documents, place, depth);
    case 'array':
      return isRecord(schema.items) ? [inner('items')] : [];
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textSample(schema, name);
  }
}

/** What the schema itself gives as a value, boxed. */
function statedValue(schema: Readonly<Record<string, unknown>>): { readonly value: unknown } | undefined {
  if ('example' in schema) return { value: schema.example };
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return { value: schema.examples[0] };
  if ('const' in schema) return { value: schema.const };
  if ('default' in schema) return { value: schema.default };
  if (Array.isArray(schema.enum)) return { value: schema.enum[0] };
  return undefined;
}

/** The type that a value is given: of several the first that is not null. */
export function typeOf(schema: Readonly<Record<string, unknown>>): string | undefined {
  const { type } = schema;
  if (Array.isArray(type)) return String(type.find((one) => one !== 'null') ?? 'null');
  if (typeof type === 'string') return type;
  if (isRecord(schema.properties)) return 'object';
  return 'items' in schema ? 'array' : undefined;
}

function objectSample(documents: Documents, place: Place, depth: number): Record<string, unknown> {
  const { properties } = isRecord(place.value) ? place.value : {};
  if (!isRecord(properties)) return {};
  return Object.fromEntries(
    Object.keys(properties).map((key) => [
      key,
      sampleOf(documents, documents.at(place, 'properties', key), key, depth + 1),
    ]),
  );
}

function textSample(schema: Readonly<Record<string, unknown>>, name: string): string {
  const text = (typeof schema.format === 'string' ? TEXTS[schema.format] : undefined) ?? name;
  const least = typeof schema.minLength === 'number' ? Math.min(schema.minLength, 1000) : 0;
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : text.length + least;
  return text.padEnd(least, 'x').slice(0, most);
}

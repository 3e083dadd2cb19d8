/** `requestBody` of OpenAPI (§4.8.13): which bodies an operation takes, and how each is read. */
import { isJsonType } from '../wire/media-type.ts';
import type { Check } from './compile.ts';
import type { Documents, Place } from './documents.ts';
import type { BodyRule, Operation } from './operation.ts';
import { isRecord } from './pointer.ts';
import type { Style } from './style.ts';
import { shapeOf } from './text-shape.ts';

export const FORM = 'application/x-www-form-urlencoded';
const FORM_STYLES = ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] as const;

/** @throws DescriptionError for a schema that nothing here can hold a body to */
export function openapiBody(
  documents: Documents,
  body: Place,
  checkOf: (schema: Place) => Check,
  unread: readonly string[],
): Pick<Operation, 'bodies' | 'requiresBody'> {
  if (!isRecord(body.value)) return { bodies: undefined, requiresBody: false };
  const content = documents.at(body, 'content');
  const types = isRecord(content.value) ? Object.keys(content.value) : [];
  const bodies = types.map((type): BodyRule => {
    const media = documents.at(content, type);
    const range = type.toLowerCase().split(';')[0]?.trim() ?? '';
    const schema = documents.at(media, 'schema');
    const kind = unread.includes(range) ? 'unread' : kindOfBody(documents, range, schema);
    if (kind === 'unread')
      return { range, kind, shape: shapeOf(documents, schema), encoding: new Map(), check: undefined };
    const encoding = kind === 'form' ? encodingOf(documents, documents.at(media, 'encoding')) : new Map();
    return { range, kind, shape: shapeOf(documents, schema), encoding, check: checkOf(schema) };
  });
  return { bodies, requiresBody: body.value.required === true };
}

function kindOfBody(documents: Documents, range: string, schema: Place): BodyRule['kind'] {
  if (schema.value === undefined || schema.value === true) return 'unread';
  if (isJsonType(range)) return 'json';
  if (range === FORM) return 'form';
  const { types } = shapeOf(documents, schema);
  const meant = documents.resolve(schema).value;
  if (isRecord(meant) && (meant.format === 'binary' || Object.keys(meant).length === 0)) return 'unread';
  if (range.startsWith('text/') && types.has('string')) return 'text';
  throw documents.error(
    schema,
    `cannot be held against a body of ${range}: expected format: binary, or validate.unread: [${range}] to let it by unread`,
  );
}

function encodingOf(documents: Documents, place: Place): BodyRule['encoding'] {
  const encoding = new Map<string, { style: Style; explode: boolean }>();
  for (const name of isRecord(place.value) ? Object.keys(place.value) : []) {
    const { value } = documents.at(place, name);
    if (!isRecord(value) || (value.style === undefined && value.explode === undefined)) continue;
    const style = FORM_STYLES.find((known) => known === (value.style ?? 'form'));
    if (!style) throw documents.error(documents.at(place, name, 'style'), 'is no style of a form');
    const explode =
      typeof value.explode === 'boolean' ? value.explode : style === 'form' || style === 'deepObject';
    encoding.set(name, { style, explode });
  }
  return encoding;
}

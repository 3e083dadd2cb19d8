/** What a screen could show of a backend: the reads of its OpenAPI document that answer with JSON. */
import { Documents, type Place } from '../validation/documents.ts';
import { isRecord } from '../validation/pointer.ts';
import { sampleOf } from './sample.ts';

/** A parameter that must be given. */
export interface NeededParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly sample: unknown;
}

export interface Read {
  /** As the document writes it: `/users/{id}`. */
  readonly path: string;
  readonly needs: readonly NeededParameter[];
  /** The schema of its answer. */
  readonly answer: Place;
  readonly sample: unknown;
}

export interface DescribedBackend {
  readonly documents: Documents;
  readonly reads: readonly Read[];
  /** The first of its `servers`, as it is written. */
  readonly server: string | undefined;
}

const PARAMETER_TYPES = ['string', 'integer', 'number', 'boolean'] as const;
/** What an integer parameter of a path is in an example. */
const SAMPLE_NUMBER = 1;

/** Rejects with a `DescriptionError` where the file is no OpenAPI document. */
export async function describedBackend(file: string): Promise<DescribedBackend> {
  const documents = await Documents.read(file, 'schema');
  const paths = documents.at(documents.root, 'paths');
  if (!isRecord(paths.value)) throw documents.error(paths, 'has no paths: expected an OpenAPI document');
  const reads = Object.keys(paths.value).flatMap((path) => readOf(documents, paths, path) ?? []);
  const { value: server } = documents.at(documents.root, 'servers', '0', 'url');
  return { documents, reads, server: typeof server === 'string' ? server : undefined };
}

function readOf(documents: Documents, paths: Place, path: string): Read | undefined {
  const item = documents.resolve(documents.at(paths, path));
  const get = documents.at(item, 'get');
  if (!isRecord(get.value)) return undefined;
  const found = answerOf(documents, get);
  const needs = neededOf(documents, [item, get]);
  return found && needs ? { path, needs, ...found } : undefined;
}

/** What it answers with where all goes well; `undefined` where that is no JSON. @throws DescriptionError */
export function answerOf(
  documents: Documents,
  operation: Place,
): Pick<Read, 'answer' | 'sample'> | undefined {
  const { value } = documents.at(operation, 'responses');
  const status = isRecord(value) ? Object.keys(value).find((code) => /^2/.test(code)) : undefined;
  if (status === undefined) return undefined;
  const response = documents.resolve(documents.at(operation, 'responses', status));
  const media = documents.at(response, 'content', 'application/json');
  if (!isRecord(media.value)) return undefined;
  const answer = documents.at(media, 'schema');
  const [first] = isRecord(media.value.examples) ? Object.values(media.value.examples) : [];
  if ('example' in media.value) return { answer, sample: media.value.example };
  if (isRecord(first) && 'value' in first) return { answer, sample: first.value };
  return { answer, sample: sampleOf(documents, answer) };
}

/** `undefined` where something must be given that a screen's input can't be. */
function neededOf(documents: Documents, holders: readonly Place[]): readonly NeededParameter[] | undefined {
  const needs: NeededParameter[] = [];
  for (const holder of holders) {
    const { value } = documents.at(holder, 'parameters');
    for (const index of Array.isArray(value) ? value.keys() : []) {
      const place = documents.resolve(documents.at(holder, 'parameters', String(index)));
      if (!isRecord(place.value)) continue;
      const { name, in: where, required } = place.value;
      if (required !== true || typeof name !== 'string') continue;
      const { value: schema } = documents.resolve(documents.at(place, 'schema'));
      const stated = isRecord(schema) ? schema.type : undefined;
      const type = PARAMETER_TYPES.find((one) => one === stated);
      if ((where !== 'path' && where !== 'query') || !type || !/^[A-Za-z_]\w*$/.test(name)) return undefined;
      const sample = place.value.example ?? sampleParameter(documents, place, name, type);
      needs.push({ name, in: where, type, sample });
    }
  }
  return needs;
}

function sampleParameter(documents: Documents, place: Place, name: string, type: string): unknown {
  const sample = sampleOf(documents, documents.at(place, 'schema'), name);
  if (type === 'string') return typeof sample === 'string' ? sample : name;
  return sample ?? SAMPLE_NUMBER;
}

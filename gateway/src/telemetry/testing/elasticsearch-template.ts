/** Index templates of Elasticsearch: which index they are of, and whether a document's values are of their mapping's types. */
import { isIP } from 'node:net';

export interface IndexTemplate {
  readonly pattern: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export function readTemplate(text: string): IndexTemplate {
  const template: unknown = JSON.parse(text);
  const [pattern] = listOf(member(template, 'index_patterns'));
  const mappings = member(member(template, 'template'), 'mappings');
  const properties = member(mappings, 'properties');
  // With others, what a template forgets would grow the mapping of a running cluster, or be refused.
  if (member(mappings, 'dynamic') !== false) throw new SyntaxError('expected "dynamic": false');
  if (!isRecord(member(template, 'data_stream'))) throw new SyntaxError('expected a data stream');
  if (typeof pattern !== 'string' || !isRecord(properties))
    throw new SyntaxError('expected a pattern and properties');
  return { pattern, properties };
}

/** What is wrong with a document; with `all`, also what the mapping does not know and would not make searchable. */
export function faultsOfDocument(
  properties: Readonly<Record<string, unknown>>,
  document: unknown,
  all: boolean,
): string[] {
  if (!isRecord(document)) return [`no object: ${JSON.stringify(document)}`];
  return Object.entries(document).flatMap(([name, value]) => {
    const mapping = properties[name];
    if (mapping === undefined) return all && name !== 'time' ? [`${name}: not in the template`] : [];
    const type = String(member(mapping, 'type'));
    if (type === 'nested') {
      const inner = member(mapping, 'properties');
      return listOf(value).flatMap((item) => faultsOfDocument(isRecord(inner) ? inner : {}, item, all));
    }
    return value === null || fits(type, value) ? [] : [`${name}: ${JSON.stringify(value)} is no ${type}`];
  });
}

const WHOLE: Readonly<Record<string, number>> = { short: 2 ** 15, integer: 2 ** 31, long: 2 ** 53 };

function fits(type: string, value: unknown): boolean {
  switch (type) {
    case 'keyword':
    case 'wildcard':
    case 'text':
      return typeof value === 'string';
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(value);
    case 'ip':
      return typeof value === 'string' && isIP(value) !== 0;
    case 'float':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'flattened':
      return isRecord(value);
    default: {
      const most = WHOLE[type];
      if (most === undefined) throw new SyntaxError(`no type that is known: ${type}`);
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < most;
    }
  }
}

function member(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

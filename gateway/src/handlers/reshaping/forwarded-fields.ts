import type { HeaderFields } from '../../core/headers.ts';

/** The fields of a request that subgraphs receive, alternating names and values; `undefined` where none is configured. */
export function forwardedFields(headers: HeaderFields, names: readonly string[]): string[] | undefined {
  if (names.length === 0) return undefined;
  const fields: string[] = [];
  for (const name of names) for (const value of headers.getAll(name)) fields.push(name, value);
  return fields;
}

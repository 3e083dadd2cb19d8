/** The fields of a backend's reply, as they may go on. */
import { HeaderFields } from '../../core/headers.ts';
import { connectionNominations, isHopByHop } from '../../wire/hop-by-hop.ts';
import { trailerFields } from '../../wire/trailers.ts';

/** As undici gives them: names are in lower case, duplicates are lists. */
export type RawFields = Readonly<Record<string, string | string[] | undefined>>;

/** The end-to-end fields (RFC 9110 §7.6.1); an answer cannot take away its own length. */
export function endToEnd(fields: RawFields): HeaderFields {
  const flat: string[] = [];
  for (const name of Object.keys(fields)) {
    if (isHopByHop(name)) continue;
    const value = fields[name];
    if (typeof value === 'string') flat.push(name, value);
    else if (value) for (const one of value) flat.push(name, one);
  }
  const headers = new HeaderFields(flat);
  const connection = fields.connection;
  if (connection !== undefined && connection !== 'keep-alive' && connection !== 'close') {
    const values = typeof connection === 'string' ? connection : connection.join(',');
    const nominated = connectionNominations(new HeaderFields(['connection', values]));
    if (nominated) headers.filter((name) => name === 'content-length' || !nominated.includes(name));
  }
  return headers;
}

/** The fields after a reply's body; `undefined` where there are none. */
export function trailersOf(fields: RawFields): HeaderFields | undefined {
  let raw: string[] | undefined;
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    raw ??= [];
    for (const one of typeof value === 'string' ? [value] : value) raw.push(name, one);
  }
  return raw && trailerFields(raw);
}

/** Where a reply names the endpoint itself, the client gets the path alone: host names stay inside. */
export function hideOrigin(headers: HeaderFields, origin: string, basePath: string): void {
  for (const name of ['location', 'content-location']) {
    const value = headers.get(name);
    if (value === undefined) continue;
    const path = value.startsWith(`${origin}/`) ? value.slice(origin.length) : value;
    const inBase = basePath !== '' && path.startsWith(`${basePath}/`);
    const shown = inBase ? path.slice(basePath.length) : path;
    if (shown !== value) headers.set(name, shown);
  }
}

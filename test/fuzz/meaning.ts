/** What a request asks for, whatever its spelling: what two servers must agree upon. */
import type { StrictRequest } from './strict-http.ts';

const ORIGIN = /^https?:\/\/[^/?#]*/i;

/** Method, path and query, and body, as one text; paths are compared decoded, a `?` with nothing behind it is none. */
export function meaningOf({ method, target, body }: StrictRequest): string {
  const origin = target.replace(ORIGIN, '');
  const local = origin.startsWith('/') || origin === target ? origin : `/${origin}`;
  const [, path = '', query = ''] = /^([^?]*)\??([\s\S]*)$/.exec(local) ?? [];
  return JSON.stringify([method, decoded(path), query, body]);
}

/** The last host that was stated; `undefined` for none. `name`: of the field that says it. */
export function statedHost({ fields }: StrictRequest, name: string): string | undefined {
  return fields.findLast(([one]) => one.toLowerCase() === name)?.[1]?.toLowerCase();
}

/** Whether `some` are all among `all`, each as often. */
export function isAmong(some: readonly string[], all: readonly string[]): boolean {
  const left = [...all];
  return some.every((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function decoded(path: string): string {
  return path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

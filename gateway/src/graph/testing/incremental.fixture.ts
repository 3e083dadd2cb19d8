/** Asking for answers in payloads, and putting them together as a client does. */
import assert from 'node:assert/strict';
import type { GraphStream, GraphText } from '../request.ts';
import type { Company } from './company.fixture.ts';

interface Entry {
  readonly path: readonly (string | number)[];
  readonly data: Record<string, unknown> | null;
  readonly label?: string;
  readonly errors?: readonly { path?: unknown; extensions: { code: string } }[];
}

export interface Payload {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { path?: unknown }[];
  readonly incremental?: readonly Entry[];
  readonly hasNext?: boolean;
}

export const ACCEPTS = { accepts: { subscription: false, incremental: true } };

export function openIncremental(
  company: Company,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<GraphText | GraphStream> {
  return company.graph.open({ query, variables, context: company.context(), ...ACCEPTS });
}

export async function payloadsOf(answer: GraphText | GraphStream): Promise<Payload[]> {
  assert.ok('payloads' in answer, JSON.stringify(answer));
  assert.equal(answer.kind, 'incremental');
  const payloads: Payload[] = [];
  for await (const text of answer.payloads) payloads.push(JSON.parse(text));
  return payloads;
}

/** What a client puts together of all payloads. */
export function assembled(payloads: readonly Payload[]): unknown {
  const { data } = structuredClone(payloads[0]) ?? {};
  for (const { path, data: part } of payloads.flatMap(({ incremental }) => incremental ?? [])) {
    let place: unknown = data;
    for (const key of path) place = own(Object(place), key);
    assert.ok(typeof place === 'object' && place !== null, `nothing stands at ${path.join('.')}`);
    merge(place, part ?? {});
  }
  return data;
}

function own(holder: object, key: string | number): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

function merge(place: object, part: object): void {
  for (const [key, value] of Object.entries(part)) {
    const current = own(place, key);
    if (typeof current === 'object' && current !== null && typeof value === 'object' && value !== null) {
      merge(current, value);
    } else {
      // `__proto__` is a key like any other.
      Object.defineProperty(place, key, { value, writable: true, enumerable: true, configurable: true });
    }
  }
}

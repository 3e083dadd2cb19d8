/** What a request of the REST face says to an operation: members from its path, its query and, of a flow, its JSON body. */
import { type Input, NO_INPUT } from '../../bff/input.ts';
import { type Operation, RESERVED_PARAMETERS } from '../../bff/operation.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange } from '../../core/exchange.ts';

/** Most parameters of a query. */
const MAX_PARAMETERS = 200;

/**
 * The checked input. `body`: the parsed JSON body of a request that has one; path beats query beats body. Throws
 * `invalid_request` with its faults, `bad_request` for text that is broken.
 */
export function readInput(
  { input, template }: Pick<Operation, 'input' | 'template'>,
  { query, route }: Pick<Exchange, 'query' | 'route'>,
  body?: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!input) return NO_INPUT;
  const values: Record<string, unknown> = Object.assign(Object.create(null), body);
  if (query !== '') readQuery(input, query, values);
  for (const name of template.names) {
    values[name] = input.fromText(name, [decoded(route?.params[name] ?? '')]);
  }
  return input.parse({ ...values });
}

function readQuery(input: Input, query: string, values: Record<string, unknown>): void {
  const texts = new Map<string, string[]>();
  let count = 0;
  for (const [name, text] of new URLSearchParams(query)) {
    if (++count > MAX_PARAMETERS) {
      throw new FrontdeskError('bad_request', { detail: `more than ${MAX_PARAMETERS} query parameters` });
    }
    if (RESERVED_PARAMETERS.has(name)) continue;
    const before = texts.get(name);
    if (before) before.push(text);
    else texts.set(name, [text]);
  }
  for (const [name, given] of texts) values[name] = input.fromText(name, given);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new FrontdeskError('bad_request', { detail: 'a path parameter is no UTF-8', cause });
  }
}

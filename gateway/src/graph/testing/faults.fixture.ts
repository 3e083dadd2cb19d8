/** Asks the test company while one of its subgraphs misbehaves. */
import assert from 'node:assert/strict';
import { type Misbehave, makeCompany } from './company.fixture.ts';

export interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { message: string; path?: unknown; extensions: Record<string, unknown> }[];
}

/** The answer to `query` when one subgraph answers by `odd`; text and object forms must agree. */
export async function ask(
  query: string,
  misbehave: Misbehave,
  config: Record<string, unknown> = {},
): Promise<Answer> {
  const { graph, context } = await makeCompany({ misbehave, config });
  const { body } = await graph.execute({ query, context: context() });
  const object = await graph.executeObject({ query, context: context() });
  assert.equal(body, JSON.stringify({ ...(object.errors && { errors: object.errors }), data: object.data }));
  return JSON.parse(body);
}

/** Lets one subgraph's entity fetches answer with this text. */
export function entities(subgraph: string, text: string | ((real: unknown[]) => unknown)): Misbehave {
  return async (name, { query }, answer) => {
    if (name !== subgraph || !query.includes('_entities')) return undefined;
    if (typeof text === 'string') return { text };
    const { data } = await answer();
    const list =
      typeof data === 'object' && data !== null && '_entities' in data ? data._entities : undefined;
    return { text: JSON.stringify({ data: { _entities: text(Array.isArray(list) ? list : []) } }) };
  };
}

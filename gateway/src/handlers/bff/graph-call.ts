/** One operation that a part sends to the federated graph, in the process. */
import type { GraphClient, GraphFailure } from '../../bff/graph-client.ts';
import type { PartScope } from '../../bff/screen/part-run.ts';
import { ERRORS, type ErrorCode, FrontdeskError } from '../../core/errors.ts';

/**
 * The operation's data. Where some of it failed, the part is noted as partial; where there is none, it rejects with the
 * graph's own code, if that is one of ours. `graph` is `undefined` where the configuration has none.
 */
export async function callGraph(
  graph: GraphClient | undefined,
  scope: Pick<PartScope, 'name' | 'context' | 'notePartial'>,
  query: string,
  variables: object,
): Promise<unknown> {
  if (!graph) throw new FrontdeskError('internal', { detail: `part ${scope.name}: there is no graph` });
  const { name: label, context } = scope;
  const { data, errors } = await graph({ query, variables: { ...variables }, context, label });
  if (data === null || data === undefined) throw graphError(errors);
  if (errors && errors.length > 0) scope.notePartial();
  return data;
}

/** What a whole answer without data is as an error: the graph's own code, if that is one of ours. */
export function graphError(errors: readonly GraphFailure[] | undefined): FrontdeskError {
  const first = errors?.[0];
  const code = String(first?.extensions?.code ?? '').toLowerCase();
  const detail = `graph: ${first?.message ?? 'no data'}`;
  return new FrontdeskError(isErrorCode(code) ? code : 'upstream_error', { detail });
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

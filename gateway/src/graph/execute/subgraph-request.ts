/** The text of a request to a subgraph, and what its reply does to the run. */
import type { FetchNode } from '../plan/plan.ts';
import { type DataObject, getOwn } from './data.ts';
import type { SubgraphReply } from './reply.ts';
import type { Run } from './run.ts';

export function takeErrors(run: Run, reply: SubgraphReply): void {
  if (!reply.plain) run.plain = false;
  if (!reply.failed) return;
  run.failed = true;
  if (reply.data) run.loose.push(...reply.entries);
}

export function requestPrefix(node: Pick<FetchNode, 'operation' | 'operationName'>): string {
  const name =
    node.operationName === undefined ? '' : `,"operationName":${JSON.stringify(node.operationName)}`;
  return `{"query":${JSON.stringify(node.operation)}${name},"variables":{`;
}

/** The members of the `variables` object; one that the client did not give is left out. */
export function variablesText(names: readonly string[], variables: DataObject): string {
  let text = '';
  for (const name of names) {
    const value = getOwn(variables, name);
    if (value !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return text;
}

/** Whether an operation of the graph only reads: then asking it once is asking it twice. */
import { getOperationAST, OperationTypeNode, parse } from 'graphql';

const known = new WeakMap<object, boolean>();

/** Looked at once for each document. One that can't be read, or holds several operations, counts as a write. */
export function isQuery(document: { readonly source: string }): boolean {
  let query = known.get(document);
  if (query === undefined) {
    query = readsOnly(document.source);
    known.set(document, query);
  }
  return query;
}

function readsOnly(source: string): boolean {
  try {
    return getOperationAST(parse(source, { noLocation: true }))?.operation === OperationTypeNode.QUERY;
  } catch {
    return false;
  }
}

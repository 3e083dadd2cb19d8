/** The name of a GraphQL operation, by which calls are told apart in tests. */
const NAMED = /\b(?:query|mutation|subscription)\s+([A-Za-z_][A-Za-z0-9_]*)/;

export function operationName(source: string): string {
  return NAMED.exec(source)?.[1] ?? 'anonymous';
}

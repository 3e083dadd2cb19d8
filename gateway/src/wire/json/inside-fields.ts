/** Fields of a backend's reply that tell of the inside: server software, ways past the gateway. */

/** `alt-svc` would lead clients past the gateway. */
const INSIDE_FIELDS: ReadonlySet<string> = new Set([
  'server',
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-runtime',
  'x-generator',
  'alt-svc',
  'via',
]);

/** `name` is in lower case. */
export function isInsideField(name: string): boolean {
  return INSIDE_FIELDS.has(name) || name.startsWith('x-internal-');
}

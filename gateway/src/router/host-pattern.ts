/** Host names of routes: exact, or `*.example.com` for any name below (not `example.com` itself). */

const HOST = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;
const IPV6 = /^\[[0-9a-f:.]+\]$/;

/** The pattern in lower case, or `undefined` where it is none: a port, for one, takes no part in matching. */
export function parseHostPattern(text: string): string | undefined {
  const lower = text.toLowerCase();
  return HOST.test(lower) || IPV6.test(lower) ? lower : undefined;
}

/** The name or address of a canonical authority, without its port. */
export function hostName(authority: string): string {
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || authority.endsWith(']')) return authority;
  return authority.slice(0, colon);
}

export function hostMatches(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name;
  return name.length > pattern.length - 1 && name.endsWith(pattern.slice(1));
}

/** How particular a pattern is: exact ones first, then wildcards by length; no pattern at all is 0. */
export function hostRank(pattern: string | undefined): number {
  if (pattern === undefined) return 0;
  return pattern.startsWith('*.') ? pattern.length : 1000;
}

/**
 * Whether a request may be a guess: somewhere it carries a credential that none was good of before. A credential that is
 * known opens the way for itself alone: else somebody who has one good key could try passwords beside it for ever.
 */
import type { Presented, Scheme } from './scheme.ts';

export function isGuess(schemes: readonly Scheme[], request: Presented): boolean {
  const unknown = new Set<string>();
  for (const { credentialHeaders } of schemes) {
    for (const name of credentialHeaders) if (request.headers.has(name)) unknown.add(name);
  }
  for (const scheme of schemes) {
    if (scheme.carries?.(request.headers) === true && scheme.knows?.(request) !== true) return true;
    if (!scheme.knows?.(request)) continue;
    const carried = scheme.credentialHeaders.filter((name) => request.headers.has(name));
    for (const [i, name] of carried.entries()) {
      // Of a field that others read too it is known only where it can be this scheme's own credential, or goes with one:
      // signed and introspected tokens share their proofs.
      const isShared = schemes.some(
        ({ credentialHeaders: [first, ...others] }) =>
          first !== scheme.credentialHeaders[0] && (first === name || others.includes(name)),
      );
      if (i === 0 || !isShared) unknown.delete(name);
    }
  }
  return unknown.size > 0;
}

/** Access tokens by the identity provider's demo grant: for any user, without a browser. */

export interface TokenOptions {
  /** A user's id. */
  readonly sub: string;
  /** The application that asks; `mobile-app` where left out. */
  readonly client?: string;
  /** Every scope of the API where left out. */
  readonly scopes?: readonly string[];
  readonly expiresInS?: number;
}

export async function demoToken(idpUrl: string, options: TokenOptions): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'urn:frontdesk:demo',
    client_id: options.client ?? 'mobile-app',
    sub: options.sub,
  });
  if (options.scopes) body.set('scope', options.scopes.join(' '));
  if (options.expiresInS !== undefined) body.set('expires_in', String(options.expiresInS));
  const reply = await fetch(`${idpUrl}/token`, { method: 'POST', body });
  const answer: unknown = await reply.json();
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer)
    return String(answer.access_token);
  throw new Error(`no token (${reply.status}): ${JSON.stringify(answer)}`);
}

/**
 * How the gateway proves itself to an identity provider (RFC 6749 §2.3, OpenID Connect Core §9): by its secret as a Basic
 * credential, by its secret in the form, or by an assertion that it signs anew for every request (RFC 7523).
 */
import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../core/clock.ts';
import type { OauthClientConfig } from '../../settings/oauth-client.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_LIFETIME_S = 60;

/** The value of `authorization` where the client proves itself by that. Id and secret are encoded as a form's values. */
export function basicCredential({ method, id, secret }: OauthClientConfig): string | undefined {
  if (method !== 'client_secret_basic' || secret === undefined) return undefined;
  return `Basic ${Buffer.from(`${formValue(id)}:${formValue(secret)}`).toString('base64')}`;
}

function formValue(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice('v='.length);
}

/** What the client adds to a form. `audience` is whom an assertion is for. */
export type ClientFields = (audience: string) => Promise<Readonly<Record<string, string>>>;

export function clientFields(client: OauthClientConfig, clock: Clock): ClientFields {
  const { method, id, secret, key, keyId, algorithm } = client;
  if (method === 'client_secret_post' && secret !== undefined) {
    return async () => ({ client_id: id, client_secret: secret });
  }
  if (method !== 'private_key_jwt' || key === undefined) return async () => ({});
  const privateKey = createPrivateKey(key);
  return async (audience) => {
    const now = Math.floor(clock.wall() / 1000);
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: algorithm, ...(keyId === undefined ? {} : { kid: keyId }) })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + ASSERTION_LIFETIME_S)
      .sign(privateKey);
    return { client_id: id, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion };
  };
}

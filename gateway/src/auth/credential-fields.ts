/**
 * The request fields that carry credentials where a configuration says so itself, beside those that always do: policies
 * and decision points never see them, on no route, whoever it asks. A test holds them to what the schemes read.
 */
import type { AuthConfig } from './authenticator.ts';

export function credentialFields({ apiKey }: Pick<AuthConfig, 'apiKey'>): readonly string[] {
  return apiKey ? [apiKey.header] : [];
}

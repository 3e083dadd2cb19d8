/** `frontdesk token`: a token of the demo identity provider, alone on standard output, ready for `$(…)`. */
import { requestText } from '../supergraph/http-text.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface TokenOptions {
  readonly sub: string;
  readonly scope?: readonly string[];
  readonly role?: readonly string[];
  readonly tenant?: string;
  readonly issuer: string;
  readonly client: string;
  readonly clientSecret?: string;
  readonly expiresIn?: string;
}

const DEMO_ISSUER = 'http://127.0.0.1:4100';
const GRANT = 'urn:frontdesk:demo';

export async function token(options: TokenOptions, terminal: Terminal): Promise<number> {
  const form = new URLSearchParams({ grant_type: GRANT, sub: options.sub });
  if (options.scope?.length) form.set('scope', options.scope.join(' '));
  if (options.role?.length) form.set('roles', options.role.join(' '));
  if (options.tenant !== undefined) form.set('tenant', options.tenant);
  if (options.expiresIn !== undefined) form.set('expires_in', options.expiresIn);
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
  if (options.clientSecret === undefined) form.set('client_id', options.client);
  else {
    const pair = [options.client, options.clientSecret].map(encodeURIComponent).join(':');
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  const url = `${options.issuer.replace(/\/$/, '')}/token`;
  try {
    const { status, text } = await requestText(url, { method: 'POST', headers, body: form.toString() });
    const reply = parseObject(text);
    if (status === 200 && typeof reply?.access_token === 'string') {
      terminal.out(`${reply.access_token}\n`);
      return EXIT_OK;
    }
    const reason = reply?.error_description ?? reply?.error ?? text.slice(0, 200);
    terminal.err(`${url} answered ${status}: ${String(reason)}\n`);
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    if (options.issuer === DEMO_ISSUER) terminal.err('The demo identity provider starts with `npm start`.\n');
  }
  return EXIT_FAILED;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

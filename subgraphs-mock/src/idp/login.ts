/** The login page of the authorization code flow: any user's id, and for everybody the same password. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type Provider } from 'oidc-provider';
import { Problem } from '../http/problem.ts';
import { readBody } from '../http/request-body.ts';

export const INTERACTION_PATH = '/interaction/';
export const DEMO_PASSWORD = 'demo';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

function loginPage(uid: string, clientId: string, fault?: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
<style>body{font:1rem/1.5 system-ui;max-width:22rem;margin:4rem auto;padding:0 1rem}
input,button{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem;margin:.25rem 0 1rem}
[role=alert]{color:#b00020}</style>
<h1>Sign in</h1>
<p>to ${escapeHtml(clientId)}. Users are 1 to 200; the password is <code>${DEMO_PASSWORD}</code>.</p>
${fault === undefined ? '' : `<p role="alert">${escapeHtml(fault)}</p>`}
<form method="post" action="${INTERACTION_PATH}${escapeHtml(uid)}">
<label>User id <input name="login" value="42" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
<button name="cancel" value="1" formnovalidate>Cancel</button>
</form>
</html>
`;
}

/**
 * Answers `/interaction/{uid}`: the page to GET, the form's content to POST. Consent, which the provider wants
 * anew from native applications, is given for the person.
 */
export async function answerLogin(
  provider: Provider,
  isUser: (id: string) => boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, params, prompt } = await provider
    .interactionDetails(request, response)
    .catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound)
        throw new Problem(400, 'there is no such sign-in under way');
      throw error;
    });
  const show = (status: number, fault?: string) => {
    response.statusCode = status;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('cache-control', 'no-store');
    response.end(loginPage(uid, String(params.client_id), fault));
  };
  if (prompt.name !== 'login') {
    await provider.interactionFinished(request, response, { consent: {} });
    return;
  }
  if (request.method === 'GET') {
    show(200);
    return;
  }
  if (request.method !== 'POST') throw new Problem(405, 'GET and POST alone', { allow: 'GET, POST' });
  const form = new URLSearchParams((await readBody(request)).toString('utf8'));
  if (form.has('cancel')) {
    await provider.interactionFinished(request, response, { error: 'access_denied' });
    return;
  }
  const accountId = form.get('login') ?? '';
  if (!isUser(accountId) || form.get('password') !== DEMO_PASSWORD) {
    show(401, 'There is no such user, or the password is wrong.');
    return;
  }
  await provider.interactionFinished(request, response, { login: { accountId }, consent: {} });
}

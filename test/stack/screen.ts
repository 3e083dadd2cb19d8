/** What the demo prints when all is up: where everything is, and one request for each audience to paste. */
import { DEMO_PARTNER_KEY } from './demo-key.ts';
import type { Ports } from './ports.ts';

export const DEMO_QUERY =
  '{ me { name orders(first: 2) { number status items { quantity product { name reviews(first: 1) { rating author { name } } } } } } }';

export interface Sample {
  readonly audience: string;
  readonly command: string;
}

export function samples(ports: Ports, tokens: { readonly mobile: string; readonly web: string }): Sample[] {
  const base = `http://127.0.0.1:${ports.gateway}`;
  const bearer = (token: string): string => `-H 'Authorization: Bearer ${token}'`;
  const key = `-H 'X-Api-Key: ${DEMO_PARTNER_KEY}'`;
  const body = JSON.stringify({ query: DEMO_QUERY });
  return [
    {
      audience:
        'A phone: its dashboard (and, with the same token, /mobile/orders/o42, /mobile/trips/t466, /mobile/ride)',
      command: `curl ${bearer(tokens.mobile)} ${base}/mobile/dashboard`,
    },
    {
      audience:
        'The web app: its dashboard (and /web/orders?status=DELIVERED, /web/search?text=bagel, /web/account)',
      command: `curl ${bearer(tokens.web)} ${base}/web/dashboard`,
    },
    {
      audience: "A partner's server: REST",
      command: `curl ${key} ${base}/api/users/42`,
    },
    {
      audience: 'Legacy XML as JSON (with -H "Accept: application/xml" as it is)',
      command: `curl ${key} '${base}/api/invoices?customer=42'`,
    },
    {
      audience: 'gRPC as REST',
      command: `curl ${key} '${base}/api/dispatch/drivers:nearest?near.latitude=53.57&near.longitude=9.99'`,
    },
    {
      audience: 'Server-sent events (/api/positions says the same over a WebSocket: {"watch":"t988"})',
      command: `curl -N '${base}/api/events?trip=t988'`,
    },
    {
      audience: 'A POST in front of that WebSocket',
      command: `curl -N ${key} -d '{"trip":"t989"}' ${base}/api/positions/follow`,
    },
    {
      audience: 'The federated graph',
      command: `curl ${bearer(tokens.web)} -H 'Content-Type: application/json' -d '${body}' ${base}/graphql`,
    },
    {
      audience: `The same in a browser: ${base}/graphql, with this under Headers`,
      command: JSON.stringify({ authorization: `Bearer ${tokens.web}` }),
    },
  ];
}

export function screen(ports: Ports, requests: readonly Sample[]): string {
  const lines = [
    '',
    `Frontdesk is ready:  http://127.0.0.1:${ports.gateway}`,
    `  the web app        http://127.0.0.1:${ports.gateway}/, in a browser: log in as 42, password demo`,
    `  GraphiQL           http://127.0.0.1:${ports.gateway}/graphql, in a browser`,
    `  operators          http://127.0.0.1:${ports.admin}/metrics`,
    `  identity provider  http://127.0.0.1:${ports.idp}`,
    `  services           ${range(ports.users, ports.live)}`,
    `  subgraphs          ${range(ports.accounts, ports.reviews)}`,
    '',
  ];
  for (const { audience, command } of requests) lines.push(`${audience}:`, `  ${command}`, '');
  lines.push('Each request leaves a line of JSON here. Ctrl-C stops everything.', '');
  return lines.join('\n');
}

function range(first: number, last: number): string {
  return `http://127.0.0.1:${first} to ${last}`;
}

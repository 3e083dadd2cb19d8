/**
 * Finishes the fields of a call, in one pass (field order of RFC 9110 §7.6.1: what `Connection` nominates goes
 * first, then the hop-by-hop set). Whatever a client says under a name that backends trust is dropped before ours is
 * added: identity in any spelling, forwarding, trace, the client's own credentials. Nothing after this step but
 * the transport touches the fields, so a key computed from them is a key of what is sent.
 */
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { fieldName } from '../../settings/settings.ts';
import { isSoundBaggage } from '../../wire/baggage.ts';
import { setsSession, withoutSession } from '../../wire/cookies.ts';
import { connectionFault, connectionNominations, readsAsHopByHop } from '../../wire/hop-by-hop.ts';
import { formatTraceparent } from '../../wire/trace-context.ts';
import {
  bareName,
  COMMONLY_TRUSTED,
  CREDENTIAL_FIELDS,
  FORWARDING_FIELDS,
  GATEWAY_FIELDS,
  rememberNames,
} from '../../wire/trust/trusted-fields.ts';
import type { Policy } from '../call.ts';
import { type StaticField, setCredential } from './credentials.ts';
import { appendIdentity, type IdentityHeaders } from './identity-headers.ts';

export const forwardConfig = z
  .strictObject({
    fields: z
      .array(fieldName)
      .default([])
      .describe(
        'Credentials of the client that this upstream may see: authorization, cookie, an API key header',
      ),
    deadline: fieldName
      .optional()
      .describe(
        'A field that tells each attempt the milliseconds that its answer is of use; grpc-timeout says it as gRPC does',
      ),
  })
  .prefault({});

export type ForwardConfig = z.output<typeof forwardConfig>;

export interface ForwardingOptions {
  readonly identityHeaders: IdentityHeaders;
  readonly forward: ForwardConfig;
  /** Whether the backend is told who asks, by these. */
  readonly tellsIdentity: boolean;
  /** The gateway's own credential, where it is always the same. */
  readonly credential: StaticField | undefined;
  /** Fields that later steps set; lower case. */
  readonly ownFields: readonly string[];
  /** Further fields that carry a client's credentials, such as the API key's; lower case. */
  readonly credentialFields: readonly string[];
  /** The cookie of browser sessions, which stays here even where cookies go on. */
  readonly sessionCookie?: string | undefined;
  /** Whether replies must be readable here: then no coding and no part of them is asked for. */
  readonly readsReplies: boolean;
}

/** What the chain says itself. */
const OWN_FIELDS: readonly string[] = [...FORWARDING_FIELDS, ...GATEWAY_FIELDS];

const READING_FIELDS: readonly string[] = ['accept-encoding', 'range', 'if-range'];

const VIA = '1.1 frontdesk';

export function forwarding(options: ForwardingOptions): Policy {
  const { identityHeaders, tellsIdentity, credential, readsReplies, sessionCookie } = options;
  const passes = makeNameFilter(options);
  return (call, next) => {
    const given = call.headers;
    let nominated: string[] | undefined;
    if (given.has('connection')) {
      const fault = connectionFault(given);
      if (fault !== undefined) return Promise.reject(new FrontdeskError('bad_request', { detail: fault }));
      nominated = connectionNominations(given);
    }
    const flat: string[] = [];
    let via = VIA;
    const from = given.flat;
    for (let i = 0; i < from.length; i += 2) {
      const name = from[i] ?? '';
      const value = from[i + 1] ?? '';
      if (!passes(name) || nominated?.includes(name)) continue;
      if (name === 'via') via = `${value}, ${VIA}`;
      else if (name === 'baggage' && !isSoundBaggage(value)) continue;
      else if (name === 'cookie' && sessionCookie !== undefined) {
        const others = withoutSession(value, sessionCookie);
        if (others !== '') flat.push(name, others);
      } else flat.push(name, value);
    }
    const { context } = call;
    flat.push('via', via);
    if (readsReplies) flat.push('accept-encoding', 'identity');
    appendOrigin(flat, context);
    try {
      if (tellsIdentity && context.identity) appendIdentity(flat, identityHeaders, context.identity);
    } catch (error) {
      return Promise.reject(error);
    }
    const headers = new HeaderFields(flat);
    if (credential) setCredential(headers, credential);
    call.headers = headers;
    call.passes = passes;
    if (sessionCookie === undefined) return next(call);
    return next(call).then((reply) => withoutSessionCookies(reply, sessionCookie));
  };
}

/** A backend begins, swaps and ends nobody's session. */
function withoutSessionCookies(reply: UpstreamReply, sessionCookie: string): UpstreamReply {
  const { headers } = reply;
  if (headers.has('set-cookie'))
    headers.filter((name, value) => name !== 'set-cookie' || !setsSession(value, sessionCookie));
  return reply;
}

function appendOrigin(flat: string[], { id, client, host, trace }: CallContext): void {
  if (client)
    flat.push('x-forwarded-for', client.trail ?? client.address, 'x-forwarded-proto', client.scheme);
  if (host !== undefined) flat.push('x-forwarded-host', host);
  flat.push('x-request-id', id, 'x-trace-id', trace.traceId, 'traceparent', formatTraceparent(trace));
  if (trace.state !== undefined) flat.push('tracestate', trace.state);
}

/** Whether a client's field of this lower-case name may go on; names are compared by letters and digits alone. */
function makeNameFilter(options: ForwardingOptions): (name: string) => boolean {
  const { identityHeaders, forward, credential, ownFields, credentialFields, readsReplies } = options;
  const withheld = new Set<string>();
  const add = (names: readonly string[]): void => {
    for (const name of names) withheld.add(bareName(name));
  };
  add(OWN_FIELDS);
  add(CREDENTIAL_FIELDS);
  add(credentialFields);
  for (const name of forward.fields) withheld.delete(bareName(name));
  add(COMMONLY_TRUSTED);
  add(Object.values(identityHeaders));
  if (credential) add([credential.name]);
  add(ownFields);
  if (forward.deadline !== undefined) add([forward.deadline]);
  if (readsReplies) add(READING_FIELDS);
  return rememberNames((name) => !readsAsHopByHop(name) && !withheld.has(bareName(name)));
}

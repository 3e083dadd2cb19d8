/**
 * Puts authentication together for one configuration: the schemes that are configured, over key sets, verified tokens
 * and revocations that outlive it.
 */

import { Authenticator } from '../auth/authenticator.ts';
import { BasicScheme } from '../auth/basic/basic.ts';
import { ApiKeyScheme } from '../auth/consumers/api-key.ts';
import { type ConsumerIndex, indexConsumers } from '../auth/consumers/consumers.ts';
import { joinStored } from '../auth/consumers/joined-consumers.ts';
import { DpopConfirmation } from '../auth/dpop/dpop.ts';
import { IntrospectionScheme } from '../auth/introspection/introspection.ts';
import { BearerTokens, type Confirmation } from '../auth/jwt/bearer.ts';
import type { Jwks } from '../auth/jwt/jwks.ts';
import { JwtScheme } from '../auth/jwt/jwt.ts';
import { certificateConfirmation } from '../auth/mtls/certificate-confirmation.ts';
import { MtlsScheme } from '../auth/mtls/mtls.ts';
import type { RevocationList } from '../auth/revocation/revocation.ts';
import type { Scheme } from '../auth/scheme.ts';
import { SessionScheme } from '../auth/session/session-scheme.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Identity } from '../core/identity.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { Plans } from '../limits/plans/plans.ts';
import type { SessionTrust } from '../residents/credential-residents.ts';
import type { Residents } from '../residents/residents.ts';
import type { UpstreamConfig } from '../upstream/config.ts';
import { exchangesTokens } from './backend-credentials.ts';
import { openSessions, sessionUpstreams } from './browser-sessions.ts';
import { introspectionUpstreams, openIntrospection } from './introspections.ts';
import { jwksUpstreams, openIssuers } from './token-trust.ts';

export interface Identities {
  readonly authenticator: Authenticator;
  readonly revocations: RevocationList;
  /** The keys of each issuer whose tokens are accepted. */
  readonly keySets: readonly Jwks[];
  /** What answers the paths of browser sessions; `undefined` where there are none. */
  readonly sessions: SessionTrust['handlers'] | undefined;
}

/**
 * Whether an identity still holds: it may have expired or its token been revoked since it was proved. For streams that
 * outlive their request. Rejects where nobody can tell and the policy is `deny`.
 */
export function identityHolds(
  identity: Identity,
  revocations: RevocationList,
  clock: Clock,
): boolean | Promise<boolean> {
  if (identity.expiresAt <= clock.wall()) return false;
  const answers = [identity, ...(identity.also ?? [])].flatMap((one) => {
    const revoked = revocations.isRevoked(one);
    return [revoked instanceof Promise ? revoked.then((answer) => !answer) : !revoked, one.holds?.() ?? true];
  });
  // All that was asked is waited for, also where one says no at once: nobody else hears of what fails.
  if (answers.some((answer) => answer instanceof Promise))
    return Promise.all(answers).then((told) => !told.includes(false));
  return !answers.includes(false);
}

/** The upstreams by which identity providers are asked. */
export function authUpstreams({
  jwt,
  introspection,
  session,
}: Config['auth']): Record<string, UpstreamConfig> {
  return {
    ...(jwt ? jwksUpstreams(jwt) : {}),
    ...(introspection ? introspectionUpstreams(introspection) : {}),
    ...(session ? sessionUpstreams(session) : {}),
  };
}

/** Those of the configuration and, where it says so, of the state store. */
function consumersOf(
  { consumers, consumersFrom }: Pick<Config, 'consumers' | 'consumersFrom'>,
  plans: Plans,
  { storedConsumers }: Residents,
): ConsumerIndex {
  const index = indexConsumers(consumers, plans);
  if (consumersFrom !== 'state' || !storedConsumers) return index;
  storedConsumers.follow();
  return joinStored(index, consumers, plans, storedConsumers);
}

export function openIdentities(
  config: Pick<Config, 'auth' | 'consumers' | 'consumersFrom' | 'upstreams'>,
  plans: Plans,
  residents: Residents,
  callUpstream: CallUpstream,
): Identities {
  const { clock } = residents;
  const { jwt, introspection, apiKey, mtls, basic, dpop, session, revocation, failures } = config.auth;
  const consumers = consumersOf(config, plans, residents);
  const { revocations, authFailures } = residents;
  revocations.configure(revocation);
  authFailures.configure(failures);
  const schemes: Scheme[] = [];
  // What tokens may be bound to, and who proves it: none that is not here is accepted.
  const confirmations: Confirmation[] = [certificateConfirmation];
  const possession =
    dpop &&
    new DpopConfirmation({ config: dpop, replays: residents.dpopReplays, clock, meter: residents.metrics });
  if (possession) confirmations.push(possession);
  const callers = exchangesTokens(config.upstreams) ? residents.callerTokens : undefined;
  const bearer = new BearerTokens(confirmations, callers);
  if (apiKey)
    schemes.push(new ApiKeyScheme({ config: apiKey, consumers, clock, onUse: residents.keyUse.note }));
  if (mtls) schemes.push(new MtlsScheme({ config: mtls, consumers: config.consumers, plans, clock }));
  if (basic) {
    const checks = residents.passwordChecks;
    schemes.push(new BasicScheme({ config: basic, consumers: config.consumers, plans, checks, clock }));
  }
  const { issuers, keySets } = openIssuers(jwt ?? [], residents, callUpstream);
  const jwtScheme = jwt && new JwtScheme({ issuers, bearer, consumers });
  if (jwtScheme) schemes.push(jwtScheme);
  if (introspection) {
    const tokens = openIntrospection(introspection, residents, callUpstream);
    const isOfIssuer = (token: string): boolean => jwtScheme?.claims(token) ?? false;
    schemes.push(new IntrospectionScheme({ config: introspection, tokens, bearer, consumers, isOfIssuer }));
  }
  const browsers = session && openSessions(session, residents, callUpstream);
  if (session && browsers)
    schemes.push(new SessionScheme({ config: session, sessions: browsers.sessions, consumers, callers }));
  if (schemes.length > 0) revocations.follow();
  const authenticator = new Authenticator({
    schemes,
    revocations,
    failures: authFailures,
    callers,
    replyFields: dpop?.nonce && possession?.replyFields,
    meter: residents.metrics,
  });
  return {
    authenticator,
    revocations,
    keySets: browsers ? [...keySets, browsers.jwks] : keySets,
    sessions: browsers?.handlers,
  };
}

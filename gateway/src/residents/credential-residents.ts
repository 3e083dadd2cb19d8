/** What is remembered of credentials from one configuration to the next: those that come in, and ours. */

import { PasswordChecks } from '../auth/basic/password-checks.ts';
import { KeyUse } from '../auth/consumers/key-use.ts';
import { StoredConsumers } from '../auth/consumers/stored-consumers.ts';
import { DpopReplays } from '../auth/dpop/dpop-replays.ts';
import { FailureBuckets } from '../auth/failure-buckets.ts';
import type { IntrospectedTokens } from '../auth/introspection/introspected-tokens.ts';
import type { Jwks } from '../auth/jwt/jwks.ts';
import type { VerifiedTokens } from '../auth/jwt/verified-tokens.ts';
import { RevocationList, revocationConfig } from '../auth/revocation/revocation.ts';
import type { SessionEndpoint } from '../auth/session/session-endpoint.ts';
import type { Sessions } from '../auth/session/sessions.ts';
import { CallerTokens } from '../auth/to-backends/caller-tokens.ts';
import type { ExchangedTokens } from '../auth/to-backends/exchanged-tokens.ts';
import { IdentityKeys } from '../auth/to-backends/identity-keys.ts';
import type { RenewedToken } from '../auth/to-backends/renewed-token.ts';
import type { Clock } from '../core/clock.ts';
import type { Handler } from '../core/exchange.ts';
import { Keyed } from '../core/keyed.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import { type Channels, isScriptStore, type StateStore } from '../state/store.ts';

/** What an identity provider said of tokens. */
export interface IntrospectionTrust {
  readonly tokens: IntrospectedTokens;
  /** How it is asked now: by the upstreams of the newest snapshot. */
  askBy: CallUpstream | undefined;
}

/** What is known of browser sessions, and what answers their paths. */
export interface SessionTrust {
  readonly sessions: Sessions;
  /** The keys of the provider. */
  readonly jwks: Jwks;
  readonly handlers: Readonly<Record<SessionEndpoint, Handler>>;
  /** How the provider is called now: by the upstreams of the newest snapshot. */
  callBy: CallUpstream | undefined;
}

/** An issuer's keys and the tokens that were verified with them. */
export interface TokenTrust {
  readonly jwks: Jwks;
  readonly tokens: VerifiedTokens;
  /** How keys are fetched now: by the upstreams of the newest snapshot. */
  fetchBy: CallUpstream | undefined;
}

export interface CredentialResidents {
  /** By the settings of an issuer under `auth.jwt`. */
  readonly tokenTrusts: Keyed<TokenTrust>;
  /** By the settings of `auth.session`. */
  readonly sessions: Keyed<SessionTrust>;
  /** By the settings of `auth.introspection`. */
  readonly introspections: Keyed<IntrospectionTrust>;
  /** The gateway's own access tokens, by upstream and its settings. */
  readonly renewedTokens: Keyed<RenewedToken>;
  /** Those that it had for its callers', likewise. */
  readonly exchangedTokens: Keyed<ExchangedTokens>;
  readonly callerTokens: CallerTokens;
  /** With which identity tokens are signed. */
  readonly identityKeys: IdentityKeys;
  readonly revocations: RevocationList;
  readonly authFailures: FailureBuckets;
  readonly passwordChecks: PasswordChecks;
  /** DPoP proofs that were used. */
  readonly dpopReplays: DpopReplays;
  /** `undefined` where the state is in memory. */
  readonly storedConsumers: StoredConsumers | undefined;
  readonly keyUse: KeyUse;
}

export interface CredentialResidentsOptions {
  readonly store: StateStore;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Settings that come and go with reloads; more are forgotten. */
const KEPT_SETTINGS = 4;
const KEPT_ISSUERS = 128;
const KEPT_UPSTREAMS = 1024;

/** What is returned beside them ends their timers and writes what is still to be written: before the store is closed. */
export function openCredentials(options: CredentialResidentsOptions): {
  readonly residents: CredentialResidents;
  close(): Promise<void>;
} {
  const { store, channels, clock, logger, meter } = options;
  const scripts = isScriptStore(store) ? store : undefined;
  // The configuration's own comes with each snapshot.
  const revocations = new RevocationList({ ...options, config: revocationConfig.parse(undefined) });
  const storedConsumers = scripts && new StoredConsumers({ store: scripts, channels, clock, logger, meter });
  const keyUse = new KeyUse({ store: scripts, clock, logger });
  return {
    residents: {
      tokenTrusts: new Keyed<TokenTrust>(KEPT_ISSUERS),
      introspections: new Keyed<IntrospectionTrust>(KEPT_SETTINGS),
      sessions: new Keyed<SessionTrust>(KEPT_SETTINGS),
      renewedTokens: new Keyed<RenewedToken>(KEPT_UPSTREAMS),
      exchangedTokens: new Keyed<ExchangedTokens>(KEPT_UPSTREAMS),
      callerTokens: new CallerTokens(),
      identityKeys: new IdentityKeys(clock),
      authFailures: new FailureBuckets({ clock, logger, meter }),
      passwordChecks: new PasswordChecks({ clock, meter }),
      dpopReplays: new DpopReplays({ store, clock, logger }),
      revocations,
      storedConsumers,
      keyUse,
    },
    async close() {
      revocations.close();
      storedConsumers?.close();
      await keyUse.close();
    },
  };
}

/**
 * Who a command asks for: a consumer of the configuration, somebody with the claims of a token, or nobody. Nothing is
 * verified: this says what would be decided of such a caller, not whether one is who it says.
 */
import { readFileSync } from 'node:fs';
import { type ConsumerIndex, indexConsumers } from '../auth/consumers/consumers.ts';
import { claimsConfig, identityOf } from '../auth/jwt/identity-of.ts';
import type { SchemeName } from '../auth/route-auth.ts';
import type { Config } from '../config/schema.ts';
import type { Identity } from '../core/identity.ts';
import { compilePlans } from '../limits/plans/plans.ts';

export interface CallerOptions {
  /** A consumer of the configuration, or a subject. */
  readonly as?: string;
  /** A file with a JWT. */
  readonly token?: string;
  /** Claims as JSON. */
  readonly claims?: string;
}

type CallerConfig = Pick<Config, 'auth' | 'plans' | 'consumers'>;

/** `undefined` for somebody unknown. Throws an `Error` that says what is wrong with the options. */
export function callerOf(config: CallerConfig, options: CallerOptions): Identity | undefined {
  const { as, token, claims } = options;
  const consumers = indexConsumers(config.consumers, compilePlans(config.plans));
  const told =
    token !== undefined
      ? claimsOfToken(token)
      : claims !== undefined
        ? parsed(claims, '--claims')
        : undefined;
  if (told) return fromClaims(config, consumers, told, as);
  return as === undefined ? undefined : consumerNamed(config, consumers, as);
}

function fromClaims(
  config: CallerConfig,
  consumers: ConsumerIndex,
  claims: Record<string, unknown>,
  as: string | undefined,
): Identity {
  const issuer = config.auth.jwt?.find(({ issuer: known }) => known === claims.iss) ?? config.auth.jwt?.[0];
  const names = issuer?.claims ?? claimsConfig.parse(undefined);
  const subject = claims.sub ?? as ?? 'somebody';
  const identity = identityOf({ ...claims, sub: subject }, Number.POSITIVE_INFINITY, {
    scheme: 'jwt',
    names,
    consumers,
  });
  if (as === undefined || as === subject) return identity;
  const { consumer, plan, tenant } = consumerNamed(config, consumers, as);
  return consumer === undefined
    ? identity
    : { ...identity, consumer, plan, tenant: identity.tenant ?? tenant };
}

/** As its credentials would make it known, or (of a name that is no consumer's) a subject without anything. */
function consumerNamed(config: CallerConfig, consumers: ConsumerIndex, name: string): Identity {
  const entry = config.consumers.find(({ id }) => id === name);
  const plans = compilePlans(config.plans);
  const plan = entry?.plan === undefined ? consumers.defaultPlan : plans.byName.get(entry.plan);
  return {
    subject: name,
    consumer: entry?.id,
    tenant: entry?.tenant,
    plan: plan?.name,
    scopes: entry ? (plan?.scopes ?? new Set()) : new Set(),
    roles: [],
    scheme: entry ? schemeOf(entry) : 'jwt',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

/** By which a consumer is known; of several the first here. */
function schemeOf({ apiKeys, clients, certificates, passwords }: Config['consumers'][number]): SchemeName {
  if (apiKeys.length > 0) return 'apiKey';
  if (clients.length > 0) return 'jwt';
  if (certificates.length > 0) return 'mtls';
  return passwords.length > 0 ? 'basic' : 'jwt';
}

function claimsOfToken(file: string): Record<string, unknown> {
  const payload = readFileSync(file, 'utf8').trim().split('.')[1];
  if (payload === undefined) throw new Error(`${file} holds no JWT`);
  return parsed(Buffer.from(payload, 'base64url').toString('utf8'), file);
}

function parsed(text: string, source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, like what is no object.
  }
  throw new Error(`${source}: expected claims as a JSON object`);
}

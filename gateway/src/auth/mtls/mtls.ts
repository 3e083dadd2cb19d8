/**
 * Client certificates: the consumer whose certificate the client showed in its handshake, or that a trusted proxy says it
 * showed there. That the certificate holds was found out before; here it is only who it is, once for each certificate
 * that is seen, so that a request costs a look-up and a glance at the clock.
 */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { ClientCertificate } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import { CertificateIndex } from '../consumers/consumer-certificates.ts';
import type { Consumer, ConsumersConfig, PlanGrants } from '../consumers/consumers.ts';
import { invalidCredentials } from '../refusal.ts';
import type { Presented, Scheme } from '../scheme.ts';

const forwardedCertificateConfig = z.strictObject({
  header: z
    .enum(['x-forwarded-client-cert', 'client-cert'])
    .describe("The field in which trusted proxies tell of the client's certificate: Envoy's, or RFC 9440's"),
  allowPlain: z
    .boolean()
    .default(false)
    .describe('Takes it over a connection without TLS too, where whoever is on the way could write it'),
});

export const mtlsConfig = z.strictObject({
  unknown: z
    .enum(['refuse', 'accept'])
    .default('refuse')
    .describe(
      "A certificate that holds and is no consumer's: refused, or accepted under its own name and the default plan",
    ),
  forwarded: forwardedCertificateConfig
    .optional()
    .describe('Takes certificates from the proxies of listen.trustedProxies; by default from nobody'),
});

export type MtlsConfig = z.output<typeof mtlsConfig>;

export interface MtlsSchemeOptions {
  readonly config: MtlsConfig;
  readonly consumers: ConsumersConfig;
  readonly plans: PlanGrants;
  readonly clock: Clock;
}

const noScopes: ReadonlySet<string> = new Set();

export class MtlsScheme implements Scheme {
  readonly name = 'mtls';
  readonly credentialHeaders = [];
  readonly #config: MtlsConfig;
  readonly #clock: Clock;
  readonly #plans: PlanGrants;
  readonly #certificates: CertificateIndex;
  readonly #consumers: ReadonlyMap<string, Consumer>;
  /** Why not, where it is nobody's. */
  readonly #found = new WeakMap<ClientCertificate, Identity | string>();

  constructor({ config, consumers, plans, clock }: MtlsSchemeOptions) {
    this.#config = config;
    this.#clock = clock;
    this.#plans = plans;
    this.#certificates = new CertificateIndex(consumers);
    this.#consumers = new Map(
      consumers.map(({ id, plan, tenant }) => {
        const granted = plan === undefined ? plans.defaultPlan : plans.byName.get(plan);
        return [id, { id, plan: granted, tenant }];
      }),
    );
  }

  identify({ client }: Presented): Identity | undefined {
    const { certificate } = client;
    if (certificate === undefined) return undefined;
    let found = this.#found.get(certificate);
    if (found === undefined) {
      found = this.#find(certificate);
      this.#found.set(certificate, found);
    }
    if (typeof found === 'string') throw invalidCredentials(found);
    // Connections live longer than certificates may.
    if (found.expiresAt <= this.#clock.wall()) throw invalidCredentials('the certificate has expired');
    return found;
  }

  /** There is no challenge for what is asked in a handshake. */
  challenges(): readonly string[] {
    return [];
  }

  #find(certificate: ClientCertificate): Identity | string {
    const [id, other] = this.#certificates.find(certificate);
    if (other !== undefined)
      return `the certificate is ${id}'s by one of its names and ${other}'s by another`;
    const consumer = id === undefined ? undefined : this.#consumers.get(id);
    if (consumer) return identityOf(certificate, consumer.id, consumer);
    if (this.#config.unknown === 'refuse') return "the certificate is no consumer's";
    const name = ownName(certificate);
    if (name === undefined) return 'the certificate names nobody';
    return identityOf(certificate, name, { id: undefined, plan: this.#plans.defaultPlan, tenant: undefined });
  }
}

/** The most telling name of a certificate that no consumer has. */
function ownName({ names, commonName, subject }: ClientCertificate): string | undefined {
  const uri = names.find(({ kind }) => kind === 'uri')?.value;
  return uri ?? commonName ?? (subject === '' ? undefined : subject.replaceAll('\n', ', '));
}

function identityOf(
  certificate: ClientCertificate,
  subject: string,
  { id, plan, tenant }: Omit<Consumer, 'id'> & { readonly id: string | undefined },
): Identity {
  const named = (wanted: string): string[] =>
    certificate.names.filter(({ kind }) => kind === wanted).map(({ value }) => value);
  return {
    subject,
    consumer: id,
    tenant,
    plan: plan?.name,
    scopes: plan?.scopes ?? noScopes,
    roles: [],
    scheme: 'mtls',
    claims: Object.freeze({
      subject: certificate.subject.replaceAll('\n', ', '),
      issuer: certificate.issuer.replaceAll('\n', ', '),
      serial: certificate.serial,
      dns: named('dns'),
      uri: named('uri'),
      email: named('email'),
    }),
    expiresAt: certificate.notAfter,
  };
}

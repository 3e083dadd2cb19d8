/**
 * Consumers: the applications that may ask. Each is found by one of its API keys or, for a token, by its OAuth client;
 * no two may share either. Identities of keys are made here, once, so that a request with a key makes none.
 */
import { z } from 'zod';
import { digestPrefix } from '../digest.ts';
import { certificatesConfig, sharedCertificates } from './consumer-certificates.ts';
import { consumerKeyConfig, type KnownKey, knownKey } from './consumer-key.ts';
import { passwordFaults, passwordsConfig } from './consumer-passwords.ts';

export const consumerConfig = z.strictObject({
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'expected an id: 1 to 128 printable characters without spaces')
    .describe('The name of the application, as logs, metrics and backends see it'),
  plan: z.string().optional().describe('A name under plans; the default plan where there is none'),
  tenant: z.string().min(1).optional().describe('The tenant that its keys act for'),
  apiKeys: z
    .array(consumerKeyConfig)
    .default([])
    .describe('Two keys at a time let one be replaced without a gap'),
  clients: z
    .array(z.string().min(1))
    .default([])
    .describe("OAuth clients whose tokens (client_id or azp) are this application's"),
  issuer: z
    .string()
    .min(1)
    .optional()
    .describe('The iss that tokens of its clients must have; that of any configured issuer by default'),
  certificates: certificatesConfig,
  passwords: passwordsConfig,
});

export const consumersConfig = z
  .array(consumerConfig)
  .default([])
  .superRefine((consumers, context) => {
    const seen = new Map<string, string>();
    const once = (kind: string, value: string, owner: string, path: (string | number)[]) => {
      const first = seen.get(`${kind}:${value}`);
      if (first === undefined) seen.set(`${kind}:${value}`, owner);
      else context.addIssue({ code: 'custom', path, message: `this ${kind} is already ${first}'s` });
    };
    consumers.forEach((consumer, i) => {
      once('consumer id', consumer.id, consumer.id, [i, 'id']);
      consumer.apiKeys.forEach((key, k) => {
        const kind = key.sha256 === undefined ? 'hmac' : 'sha256';
        once('API key', key.sha256 ?? key.hmac ?? '', consumer.id, [i, 'apiKeys', k, kind]);
        once(`key id of ${consumer.id}`, key.id, consumer.id, [i, 'apiKeys', k, 'id']);
      });
      consumer.clients.forEach((client, c) => {
        once('client', client, consumer.id, [i, 'clients', c]);
      });
    });
    for (const { path, message } of [...sharedCertificates(consumers), ...passwordFaults(consumers)]) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

export type ConsumerConfig = z.output<typeof consumerConfig>;
export type ConsumersConfig = z.output<typeof consumersConfig>;

/** Faults that only show when consumers and plans are seen together. */
export function unknownPlans(
  consumers: ConsumersConfig,
  plans: Readonly<Record<string, unknown>>,
): { readonly path: readonly (string | number)[]; readonly message: string }[] {
  return consumers.flatMap((consumer, i) =>
    consumer.plan === undefined || Object.hasOwn(plans, consumer.plan)
      ? []
      : [{ path: ['consumers', i, 'plan'], message: `no plan is called ${consumer.plan}` }],
  );
}

/** What a plan means to an identity. */
export interface PlanGrant {
  readonly name: string;
  /** Scopes of API keys on this plan; tokens bring their own. */
  readonly scopes: ReadonlySet<string>;
}

export interface PlanGrants {
  readonly byName: ReadonlyMap<string, PlanGrant>;
  readonly defaultPlan: PlanGrant | undefined;
}

export interface Consumer {
  readonly id: string;
  readonly plan: PlanGrant | undefined;
  readonly tenant: string | undefined;
  /** Whose tokens alone are its clients'. */
  readonly issuer?: string | undefined;
}

export interface ConsumerIndex {
  readonly keysByDigestPrefix: { get(prefix: number): readonly KnownKey[] | undefined };
  /** By `client_id` or `azp`. */
  readonly byClient: { get(client: string): Consumer | undefined };
  readonly defaultPlan: PlanGrant | undefined;
  /** Another object once another consumer may be who a client stands for: identities that were made before are old. */
  readonly stamp: object;
  /** False while there may be consumers that are not known here yet; left out where there are no others. */
  readonly isWhole?: () => boolean;
}

export function indexConsumers(config: ConsumersConfig, plans: PlanGrants): ConsumerIndex {
  const keysByDigestPrefix = new Map<number, KnownKey[]>();
  const byClient = new Map<string, Consumer>();
  for (const entry of config) {
    const plan = entry.plan === undefined ? plans.defaultPlan : plans.byName.get(entry.plan);
    const consumer: Consumer = { id: entry.id, plan, tenant: entry.tenant, issuer: entry.issuer };
    for (const client of entry.clients) byClient.set(client, consumer);
    for (const key of entry.apiKeys) {
      const known = knownKey(key, consumer);
      const prefix = digestPrefix(known.digest);
      const sharing = keysByDigestPrefix.get(prefix);
      if (sharing) sharing.push(known);
      else keysByDigestPrefix.set(prefix, [known]);
    }
  }
  return { keysByDigestPrefix, byClient, defaultPlan: plans.defaultPlan, stamp: {} };
}

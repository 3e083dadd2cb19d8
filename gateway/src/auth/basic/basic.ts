/**
 * Basic authentication (RFC 7617), for internal APIs and machines that know nothing better. A password is sent with every
 * request, so none is taken over a connection that others can read unless that is said. Whoever is unknown is told as late
 * as whoever mistypes: as many checks as dear are made for a user who is none.
 */
import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { ClientInfo } from '../../core/exchange.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { Identity } from '../../core/identity.ts';
import { userNameOf } from '../consumers/consumer-passwords.ts';
import type { ConsumersConfig, PlanGrants } from '../consumers/consumers.ts';
import { invalidCredentials, outdatedCredentials } from '../refusal.ts';
import type { Presented, Scheme } from '../scheme.ts';
import type { BasicConfig } from './basic-config.ts';
import type { PasswordChecks } from './password-checks.ts';
import type { PasswordHash } from './password-hash.ts';

const AUTHORIZATION = 'authorization';
const PREFIX = 'basic';
const SPACE = 0x20;
/** In base64: names and passwords are shorter. */
const MAX_CREDENTIAL_CHARS = 1_024;

export interface BasicSchemeOptions {
  readonly config: BasicConfig;
  readonly consumers: ConsumersConfig;
  readonly plans: PlanGrants;
  readonly checks: PasswordChecks;
  readonly clock: Clock;
}

/** A password that is configured, with who it proves. */
interface KnownPassword {
  readonly hash: PasswordHash;
  readonly identity: Identity;
}

export class BasicScheme implements Scheme {
  readonly name = 'basic';
  readonly credentialHeaders = [AUTHORIZATION];
  readonly #config: BasicConfig;
  readonly #checks: PasswordChecks;
  readonly #clock: Clock;
  readonly #byUser = new Map<string, KnownPassword[]>();
  readonly #byName = new Map<string, KnownPassword>();
  /** What is checked in place of passwords that a user has not: as many as any has, as dear as the dearest. */
  readonly #decoys: readonly PasswordHash[];

  constructor({ config, consumers, plans, checks, clock }: BasicSchemeOptions) {
    this.#config = config;
    this.#checks = checks;
    this.#clock = clock;
    checks.configure(config);
    for (const consumer of consumers) {
      const plan = consumer.plan === undefined ? plans.defaultPlan : plans.byName.get(consumer.plan);
      for (const password of consumer.passwords) {
        const identity = identityOf(consumer, plan, password.expires);
        const known: KnownPassword = { hash: password.scrypt, identity };
        const user = userNameOf(password, consumer);
        this.#byUser.set(user, [...(this.#byUser.get(user) ?? []), known]);
        this.#byName.set(nameOf(user, known.hash), known);
      }
    }
    this.#decoys = decoysFor([...this.#byUser.values()]);
  }

  identify(request: Presented): Identity | undefined | Promise<Identity> {
    const written = this.#read(request.headers);
    if (written === undefined) return undefined;
    if (request.client.scheme !== 'https' && !this.#config.allowPlain) {
      throw invalidCredentials('a password over a connection without TLS');
    }
    if (written.length > MAX_CREDENTIAL_CHARS) throw invalidCredentials('the credential is too long');
    const digest = this.#checks.digestOf(written);
    const known = this.#remembered(digest);
    if (known) return this.#unlessExpired(known);
    return this.#check(written, digest, request.client.address);
  }

  /**
   * Only where the address proved it itself: what another address proved could be guessed here for as long as it is
   * remembered, past the bucket of failures and without the cost of a check.
   */
  knows({ headers, client }: Presented): boolean {
    if (headers.count(AUTHORIZATION) !== 1) return false;
    const written = this.#read(headers);
    if (written === undefined || written.length > MAX_CREDENTIAL_CHARS) return false;
    const digest = this.#checks.digestOf(written);
    return this.#remembered(digest) !== undefined && this.#checks.provedBy(digest) === client.address;
  }

  /** None over a connection on which a password is refused: a browser would ask for one and send it all the same. */
  challenges(_error?: string, _scope?: string, client?: ClientInfo): readonly string[] {
    if (client && client.scheme !== 'https' && !this.#config.allowPlain) return [];
    return [`Basic realm="${this.#config.realm}", charset="UTF-8"`];
  }

  /** What stands behind `Basic`; `undefined` where there is another scheme. Throws where there is more than one field. */
  #read(headers: HeaderFields): string | undefined {
    const field = headers.get(AUTHORIZATION);
    if (field === undefined || field.slice(0, PREFIX.length).toLowerCase() !== PREFIX) return undefined;
    if (field.length > PREFIX.length && field.charCodeAt(PREFIX.length) !== SPACE) return undefined;
    if (headers.count(AUTHORIZATION) > 1) throw invalidCredentials('more than one authorization field');
    return field.slice(PREFIX.length).trim();
  }

  #remembered(digest: string): KnownPassword | undefined {
    const name = this.#checks.known(digest);
    // It may have been taken out of the configuration since.
    return name === undefined ? undefined : this.#byName.get(name);
  }

  async #check(written: string, digest: string, address: string): Promise<Identity> {
    const { user, password } = decode(written);
    const own = this.#byUser.get(user) ?? [];
    const ofUser = own.map(({ hash }) => hash);
    const [dearest] = this.#decoys;
    const hashes = [...ofUser, ...fillersFor(ofUser, dearest), ...this.#decoys.slice(own.length)];
    const named = hashes.map((hash) => ({ name: nameOf(user, hash), hash }));
    const fits = await this.#checks.check({ digest, password, hashes: named, address });
    const known = own.find(({ hash }) => nameOf(user, hash) === fits);
    if (!known) throw invalidCredentials('no such user, or another password');
    return this.#unlessExpired(known);
  }

  #unlessExpired({ identity }: KnownPassword): Identity {
    if (identity.expiresAt <= this.#clock.wall()) throw outdatedCredentials('the password has expired');
    return identity;
  }
}

/** One hash may be two users', where somebody copied it. */
function nameOf(user: string, hash: PasswordHash): string {
  return `${user}\n${hash.text}`;
}

/** RFC 7617 §2: base64 of `user:password`, in UTF-8 as the challenge asks; the user name holds no colon. */
function decode(written: string): { user: string; password: string } {
  const bytes = Buffer.from(written, 'base64');
  if (bytes.toString('base64') !== written || !isUtf8(bytes)) throw invalidCredentials('not base64 of UTF-8');
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) throw invalidCredentials('no user name');
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) throw invalidCredentials('a control character');
  }
  return { user: text.slice(0, colon).normalize('NFC'), password: text.slice(colon + 1) };
}

function decoysFor(users: readonly (readonly KnownPassword[])[]): PasswordHash[] {
  const most = Math.max(0, ...users.map((passwords) => passwords.length));
  const [dearest] = users
    .flat()
    .map(({ hash }) => hash)
    .sort((a, b) => costOf(b) - costOf(a));
  return dearest ? Array.from({ length: most }, () => decoyOf(dearest)) : [];
}

const costOf = ({ n, r, p }: Pick<PasswordHash, 'n' | 'r' | 'p'>): number => n * r * p;

/** What makes hashes that are cheaper than the dearest as dear: one of a user who is none is that dear. */
function fillersFor(hashes: readonly PasswordHash[], dearest: PasswordHash | undefined): PasswordHash[] {
  if (!dearest) return [];
  return hashes.flatMap(({ n, r, p }) => {
    const missing = Math.round(costOf(dearest) / (n * r)) - p;
    return missing < 1 ? [] : decoyOf({ n, r, p: missing });
  });
}

function decoyOf({ n, r, p }: Pick<PasswordHash, 'n' | 'r' | 'p'>): PasswordHash {
  return { text: '', n, r, p, salt: randomBytes(16), hash: randomBytes(32) };
}

const noScopes: ReadonlySet<string> = new Set();
const noClaims: Readonly<Record<string, unknown>> = Object.freeze({});

function identityOf(
  { id, tenant }: Pick<ConsumersConfig[number], 'id' | 'tenant'>,
  plan: PlanGrants['defaultPlan'],
  expires: number | undefined,
): Identity {
  return {
    subject: id,
    consumer: id,
    tenant,
    plan: plan?.name,
    scopes: plan?.scopes ?? noScopes,
    roles: [],
    scheme: 'basic',
    claims: noClaims,
    expiresAt: expires ?? Number.POSITIVE_INFINITY,
  };
}

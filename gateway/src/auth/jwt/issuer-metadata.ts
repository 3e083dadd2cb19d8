/**
 * What an issuer says of itself: its metadata by OpenID Connect Discovery 1.0 §4 or RFC 8414 §3, fetched from below the
 * issuer's own URL or from where the configuration says. It counts only if it names the issuer to the letter
 * (RFC 8414 §3.3). Kept for an hour, and on an outage for as long as nothing better comes.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { httpUrl } from '../../settings/settings.ts';
import { type DocumentSource, fetchDocument } from './json-document.ts';

const KEEP_MS = 3_600_000;
const TIMEOUT_MS = 2000;
const MAX_BYTES = 65_536;

/** Fetches a JSON document by its URL; rejects where there is none. */
export type FetchMetadata = (url: URL) => Promise<unknown>;

/** Metadata by `callUpstream`, where an upstream stands for its origin. */
export function metadataBy(source: DocumentSource, upstreamOf: (origin: string) => string): FetchMetadata {
  return ({ origin, pathname, search }) =>
    fetchDocument(source, {
      upstream: upstreamOf(origin),
      path: pathname + search,
      what: "issuer's metadata",
      label: 'discovery',
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      headers: { accept: 'application/json' },
    });
}

export interface IssuerMetadataOptions {
  /** What `issuer` must be. */
  readonly issuer: string;
  /** Where the metadata is; found below the issuer by default. */
  readonly discovery?: string | undefined;
  /** Origins beside that of the metadata to which it may send us. */
  readonly origins?: readonly string[];
  readonly fetchMetadata: FetchMetadata;
  readonly clock: Clock;
}

interface Found {
  readonly document: Readonly<Record<string, unknown>>;
  readonly url: URL;
  readonly at: number;
}

/** Where an issuer's metadata may be, in the order in which it is looked for. The issuer must be an HTTP URL. */
export function metadataUrls(issuer: string, discovery?: string): URL[] {
  if (discovery !== undefined) return [new URL(discovery)];
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, '');
  const places = [
    `${path}/.well-known/openid-configuration`,
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
  ];
  return [...new Set(places)].map((place) => new URL(origin + place));
}

export class IssuerMetadata {
  readonly #options: IssuerMetadataOptions;
  readonly #urls: readonly URL[];
  #found: Found | undefined;
  #finding: Promise<Found> | undefined;

  constructor(options: IssuerMetadataOptions) {
    this.#options = options;
    this.#urls = metadataUrls(options.issuer, options.discovery);
  }

  /**
   * The URL that stands under a name, such as `jwks_uri`. Rejects with `upstream_invalid` where there is none, or one
   * that leads where the configuration allows nothing to be asked.
   */
  async endpoint(member: string): Promise<URL> {
    const { document, url } = await this.#current();
    const written = document[member];
    const parsed = httpUrl.safeParse(written);
    if (!parsed.success) throw unusable(`has no usable ${member}`);
    const endpoint = new URL(parsed.data);
    const { origins = [] } = this.#options;
    if (endpoint.origin !== url.origin && !origins.includes(endpoint.origin)) {
      throw unusable(`puts ${member} at ${endpoint.origin}, which the configuration does not allow`);
    }
    return endpoint;
  }

  /** What stands under a name as it is written, which proves nothing; `undefined` where there is nothing. */
  async member(name: string): Promise<unknown> {
    const { document } = await this.#current();
    return document[name];
  }

  /** Looks again before it is used again: something that it said turned out wrong. */
  doubt(): void {
    if (this.#found) this.#found = { ...this.#found, at: Number.NEGATIVE_INFINITY };
  }

  async #current(): Promise<Found> {
    const found = this.#found;
    if (found && this.#options.clock.now() - found.at < KEEP_MS) return found;
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    if (!found) return this.#finding;
    return this.#finding.catch(() => found);
  }

  async #find(): Promise<Found> {
    let failure: unknown;
    for (const url of this.#urls) {
      try {
        const document = this.#checked(await this.#options.fetchMetadata(url));
        this.#found = { document, url, at: this.#options.clock.now() };
        return this.#found;
      } catch (error) {
        // What the first place says is the likeliest cause: the others are there for few.
        failure ??= error;
        // Whoever does not answer at all is not asked for the other places.
        if (!(error instanceof FrontdeskError) || error.code !== 'upstream_invalid') break;
      }
    }
    throw failure;
  }

  #checked(document: unknown): Readonly<Record<string, unknown>> {
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw unusable('is no JSON object');
    }
    const metadata: Readonly<Record<string, unknown>> = { ...document };
    if (metadata.issuer !== this.#options.issuer) {
      throw unusable(`is that of another issuer: ${JSON.stringify(metadata.issuer)?.slice(0, 200)}`);
    }
    return metadata;
  }
}

function unusable(why: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `the issuer's metadata ${why}` });
}

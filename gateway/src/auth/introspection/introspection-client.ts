/** Asks an identity provider whether a token is good (RFC 7662 §2.1), as a client of its own, by an upstream of its own. */
import { WholeBody } from '../../core/body.ts';
import { type DocumentSource, fetchDocument } from '../jwt/json-document.ts';
import type { ClientFields } from '../to-backends/client-authentication.ts';

const MAX_ANSWER_BYTES = 65_536;

/** The answer as it came; rejects where there is none. */
export type AskIntrospection = (token: string) => Promise<unknown>;

export interface IntrospectionClientOptions {
  readonly source: DocumentSource;
  /** The upstream that stands for the provider. It sets the `authorization` of a client that proves itself so. */
  readonly upstream: string;
  /** Where tokens are introspected: known, or found by discovery. */
  readonly endpoint: () => Promise<URL>;
  readonly fields: ClientFields;
  /** Whom assertions are for: the issuer, or the endpoint where that is not known. */
  readonly issuer: string | undefined;
  /** Whether a request may be sent twice as it is: not with an assertion, which holds once. */
  readonly repeatable: boolean;
  readonly timeoutMs: number;
}

export function introspectionClient(options: IntrospectionClientOptions): AskIntrospection {
  const { source, upstream, endpoint, fields, issuer, repeatable, timeoutMs } = options;
  return async (token) => {
    const { href, pathname, search } = await endpoint();
    const own = await fields(issuer ?? href);
    const form = new URLSearchParams({ token, token_type_hint: 'access_token', ...own });
    return fetchDocument(source, {
      upstream,
      method: 'POST',
      path: pathname + search,
      what: 'answer of the introspection',
      label: 'introspection',
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new WholeBody(form.toString()),
      repeatable,
    });
  };
}

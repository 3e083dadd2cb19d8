/** Sends a form to an identity provider and reads its answer, whatever its status: a refusal says why (RFC 6749 §5.2). */
import { collect, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { DocumentSource } from '../jwt/json-document.ts';

const MAX_ANSWER_BYTES = 65_536;

export interface FormRequest {
  /** The upstream that stands for the provider. It sets the `authorization` of a client that proves itself so. */
  readonly upstream: string;
  /** Origin-form path and query. */
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What it is in timelines and metrics, one of few. */
  readonly label: string;
}

export interface FormAnswer {
  readonly status: number;
  /** An empty object where the answer is none. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Never sent twice: a code and a rotated refresh token are good once. Rejects with what calls reject with. */
export async function postForm(source: DocumentSource, request: FormRequest): Promise<FormAnswer> {
  const context = source.context();
  try {
    const { status, headers, body } = await source.callUpstream({
      upstream: request.upstream,
      context,
      method: 'POST',
      path: request.path,
      headers: HeaderFields.of({
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      }),
      body: new WholeBody(new URLSearchParams(request.form).toString()),
      idempotent: false,
      timeoutMs: request.timeoutMs,
      label: request.label,
    });
    const coding = headers.get('content-encoding');
    if (coding !== undefined && coding !== 'identity') {
      const error = unusable('is encoded');
      body.discard(error);
      throw error;
    }
    const bytes = await collect(body, MAX_ANSWER_BYTES, () => unusable('is too large'));
    return { status, members: parsed(bytes) };
  } finally {
    context.deadline.end();
  }
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

function unusable(why: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `the answer of the identity provider ${why}` });
}

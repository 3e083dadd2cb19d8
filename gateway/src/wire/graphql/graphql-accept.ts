/**
 * In which forms a client takes answers, by its `Accept` (RFC 9110 §12.5.1): one text (GraphQL over HTTP §6.1), or a
 * stream of results as Server-Sent Events or as `multipart/mixed` with a `deferSpec` or `subscriptionSpec`.
 */
import { type GraphqlMediaType, negotiate } from './graphql-over-http.ts';

export type StreamForm = 'sse' | 'multipart';

export interface GraphqlAccepts {
  /** For an answer that is whole; `undefined` where the client takes streams alone. */
  readonly text: GraphqlMediaType | undefined;
  /** For what `@defer` puts off; `undefined` where the client takes no such stream. */
  readonly incremental: StreamForm | undefined;
  /** For the events of a subscription. */
  readonly subscription: StreamForm | undefined;
  /** The two above as yes and no; `undefined` where neither is. */
  readonly streams: { readonly subscription: boolean; readonly incremental: boolean } | undefined;
}

const DEFER_SPEC = '20220824';
const SUBSCRIPTION_SPEC = '1.0';

/** `undefined` where nothing that we have is acceptable. */
export function acceptsOf(accept: string | undefined): GraphqlAccepts | undefined {
  const text = negotiate(accept);
  // What nearly every request says ends here.
  if (accept === undefined || !/event-stream|multipart/i.test(accept)) return text && textOnly(text);
  let sse = 0;
  let incremental = 0;
  let subscription = 0;
  for (const range of rangesOf(accept)) {
    if (range.type === 'text/event-stream') sse = Math.max(sse, range.q);
    if (range.type !== 'multipart/mixed') continue;
    if (range.parameters.get('deferspec') === DEFER_SPEC) incremental = Math.max(incremental, range.q);
    if (range.parameters.get('subscriptionspec') === SUBSCRIPTION_SPEC) {
      subscription = Math.max(subscription, range.q);
    }
  }
  const forms = { incremental: formOf(sse, incremental), subscription: formOf(sse, subscription) };
  if (!forms.incremental && !forms.subscription) return text && textOnly(text);
  const streams = {
    subscription: forms.subscription !== undefined,
    incremental: forms.incremental !== undefined,
  };
  return { text, ...forms, streams };
}

const JSON_ONLY: GraphqlAccepts = {
  text: 'application/json',
  incremental: undefined,
  subscription: undefined,
  streams: undefined,
};
const RESPONSE_ONLY: GraphqlAccepts = { ...JSON_ONLY, text: 'application/graphql-response+json' };

function textOnly(text: GraphqlMediaType): GraphqlAccepts {
  return text === 'application/json' ? JSON_ONLY : RESPONSE_ONLY;
}

function formOf(sse: number, multipart: number): StreamForm | undefined {
  if (sse === 0 && multipart === 0) return undefined;
  return multipart > sse ? 'multipart' : 'sse';
}

interface MediaRange {
  readonly type: string;
  readonly q: number;
  readonly parameters: ReadonlyMap<string, string>;
}

function rangesOf(accept: string): MediaRange[] {
  return accept.split(',').map((range) => {
    const [type = '', ...rest] = range.split(';');
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const at = parameter.indexOf('=');
      if (at < 0) continue;
      const value = parameter.slice(at + 1).trim();
      parameters.set(parameter.slice(0, at).trim().toLowerCase(), value.replaceAll('"', ''));
    }
    const q = Number(parameters.get('q') ?? 1);
    return { type: type.trim().toLowerCase(), q: q >= 0 && q <= 1 ? q : 0, parameters };
  });
}

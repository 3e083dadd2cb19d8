/**
 * Cross-origin requests (Fetch standard, §3.2): says which pages may read an answer, refusals included, and answers their
 * preflights before anybody is asked who they are. What a backend says about it does not count. Pages that may not read
 * are answered like anybody else, for browsers to keep the answer from them; a preflight for them is refused.
 */
import { emptyBody } from '../core/body.ts';
import { FrontdeskError, withErrorFields } from '../core/errors.ts';
import { type Exchange, type Handler, type Middleware, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { CorsConfig } from '../wire/trust/cors-config.ts';
import { compileOrigins } from '../wire/trust/cors-origins.ts';
import { appendVary } from '../wire/vary.ts';

export interface Cors {
  /** For requests proper. */
  readonly step: Middleware;
  /** Answers a preflight for a method that this route takes. */
  readonly preflight: Handler;
}

type Field = readonly [name: string, value: string];

/** A preflight that asks for more is no browser's. */
const MAX_ASKED_CHARACTERS = 4_096;
const TOKENS = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;

/** `methods`: those that the route takes; where it takes all, a preflight is told the one that it asks for. */
export function cors(
  config: CorsConfig | undefined,
  methods: readonly string[] | undefined,
): Cors | undefined {
  if (!config) return undefined;
  const grant = grants(config);
  const isForAll = config.origins.includes('*');
  const allowed = methods && (methods.includes('GET') ? [...new Set([...methods, 'HEAD'])] : methods);
  return {
    step: (exchange, next) => {
      const fields = grant(exchange);
      return next(exchange).then(
        (reply) => {
          const { headers } = reply;
          if (saysOfCors(headers)) headers.filter((name) => !name.startsWith(OF_CORS));
          if (!isForAll) appendVary(headers, 'Origin');
          for (const [name, value] of fields) headers.append(name, value);
          return reply;
        },
        (thrown: unknown) => {
          throw withErrorFields(thrown, isForAll ? fields : [['vary', 'Origin'], ...fields]);
        },
      );
    },
    preflight: async (exchange) => {
      const { headers } = exchange;
      exchange.body.discard(new Error('a preflight has no body'));
      const fields = grant(exchange);
      const method = headers.get('access-control-request-method') ?? '';
      const names = askedNames(config, headers);
      if (fields.length === 0 || names === undefined || allowed?.includes(method) === false) {
        throw new FrontdeskError('forbidden', {
          detail: 'a preflight of a page that may not do this',
          headers: [['vary', PREFLIGHT_VARY]],
        });
      }
      const answer: string[] = fields.filter(([name]) => name !== EXPOSED).flat();
      answer.push('access-control-allow-methods', allowed ? allowed.join(', ') : method);
      if (names !== '') answer.push('access-control-allow-headers', names);
      answer.push('access-control-max-age', String(Math.floor(config.maxAge / 1_000)));
      if (config.privateNetwork && headers.get('access-control-request-private-network') === 'true') {
        answer.push('access-control-allow-private-network', 'true');
      }
      answer.push('vary', PREFLIGHT_VARY);
      return makeReply(204, new HeaderFields(answer), emptyBody);
    },
  };
}

const OF_CORS = 'access-control-';
const EXPOSED = 'access-control-expose-headers';
const PREFLIGHT_VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';

/** Finds what the page that asks is told; nothing where it may not read. */
function grants(config: CorsConfig): (exchange: Exchange) => readonly Field[] {
  const { origins, credentials, exposeHeaders } = config;
  const more: Field[] = [];
  if (credentials) more.push(['access-control-allow-credentials', 'true']);
  if (exposeHeaders.length > 0) more.push([EXPOSED, exposeHeaders.join(', ')]);
  if (origins.includes('*')) {
    const all: readonly Field[] = [['access-control-allow-origin', '*'], ...more];
    return () => all;
  }
  const matches = compileOrigins(origins);
  return ({ headers }) => {
    const origin = headers.get('origin');
    if (origin === undefined || headers.count('origin') > 1 || !matches(origin)) return [];
    return [['access-control-allow-origin', origin], ...more];
  };
}

/** What a page may send, `undefined` where it asks in a way that browsers do not. */
function askedNames({ requestHeaders }: CorsConfig, headers: HeaderFields): string | undefined {
  if (!requestHeaders.includes('*')) return requestHeaders.join(', ');
  // A * itself would not stand for Authorization, nor for anything where there are credentials.
  const asked = headers.getAll('access-control-request-headers').join(', ');
  if (asked === '') return '';
  return asked.length <= MAX_ASKED_CHARACTERS && TOKENS.test(asked) ? asked : undefined;
}

function saysOfCors({ flat }: HeaderFields): boolean {
  for (let i = 0; i < flat.length; i += 2) if (flat[i]?.startsWith(OF_CORS)) return true;
  return false;
}

/** Whether a browser asks beforehand for a page, and with which method it wants to come. */
export function preflightMethod({
  method,
  headers,
}: Pick<Exchange, 'method' | 'headers'>): string | undefined {
  if (method !== 'OPTIONS' || !headers.has('origin')) return undefined;
  return headers.get('access-control-request-method');
}

/**
 * Sends the client somewhere else (RFC 9110 §15.4): to another path, host, port or scheme. Where to is said by the
 * configuration and by the path that was matched, which is canonical; the host is the configured one or that which
 * the client asked. So no request can make it lead to a place of its own choice.
 */
import { z } from 'zod';
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { compileRewrite, type PathRewrite } from './reshaping/path-rewrite.ts';

const MAX_PORT = 65_535;
const HOST =
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$|^\[[0-9A-Fa-f:.]+\]$/;
/** A path, perhaps with a host before it and a fixed query behind it. */
const LOCATION = /^(?:(https?):\/\/([^/?#:[\]]+|\[[^\]/?#]+\])(?::(\d{1,5}))?)?(\/[^?#]*)?(?:\?([^#]*))?$/;

interface Location {
  readonly scheme: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly path: string | undefined;
  readonly query: string;
}

export const redirectConfig = z
  .strictObject({
    status: z
      .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)], {
        error: 'expected 301, 302, 303, 307 or 308',
      })
      .default(307)
      .describe('301 and 308 are kept by clients for good; 307 and 308 keep the method and the body'),
    location: z
      .string()
      .superRefine((text, context) => {
        const fault = locationFault(text);
        if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
      })
      .optional()
      .describe(
        'A path such as /new/:id/*, or a URL with one, with the parameters of the match in the path alone; by default ' +
          'the path as it came',
      ),
    scheme: z.enum(['http', 'https']).optional().describe("By default the client's own"),
    host: z
      .string()
      .regex(HOST, 'expected a host name without a port')
      .optional()
      .describe("By default the client's own"),
    port: z
      .int()
      .min(1)
      .max(MAX_PORT)
      .optional()
      .describe("By default the scheme's, where the scheme or host is another"),
    query: z.enum(['keep', 'drop']).default('keep').describe("What becomes of the request's query"),
  })
  .superRefine(({ location, scheme, host, port }, context) => {
    const places = [scheme, host, port].filter((some) => some !== undefined);
    if (location === undefined && places.length === 0) {
      context.addIssue({
        code: 'custom',
        message: 'expected at least one of location, scheme, host and port',
      });
    }
    if (location !== undefined && !location.startsWith('/') && places.length > 0) {
      context.addIssue({
        code: 'custom',
        message: 'expected no scheme, host or port beside a location that is a whole URL',
      });
    }
  });

export type RedirectConfig = z.output<typeof redirectConfig>;

/** The path of a location, as the template that it is; `undefined` where it has none. */
export function locationPath(location: string): string | undefined {
  return parseLocation(location)?.path;
}

/** `params` of the match: as `compileRewrite` takes them. */
export function redirectHandler(config: RedirectConfig, params: 'segments' | 'pieces'): Handler {
  const { location, query, status } = config;
  const parsed = location === undefined ? undefined : parseLocation(location);
  const { scheme, host, port } = parsed?.scheme === undefined ? config : parsed;
  const rewrite = parsed?.path === undefined ? undefined : compileRewrite(parsed.path, params);
  const origin =
    scheme === undefined && host === undefined && port === undefined ? undefined : { scheme, host, port };
  return async (exchange) => {
    const path = pathOf(exchange, rewrite);
    const queries = [parsed?.query ?? '', query === 'keep' ? exchange.query : ''].filter(
      (text) => text !== '',
    );
    const tail = queries.length === 0 ? '' : `?${queries.join('&')}`;
    const fields = new HeaderFields(['location', originOf(exchange, origin) + path + tail]);
    return makeReply(status, fields, emptyBody);
  };
}

function pathOf({ path, route }: Exchange, rewrite: PathRewrite | undefined): string {
  return rewrite ? rewrite(path, route?.params ?? {}) : path;
}

/** `https://host:port`, or nothing where only the path is another. */
function originOf(
  { host, client }: Exchange,
  origin: Pick<Location, 'scheme' | 'host' | 'port'> | undefined,
): string {
  if (!origin) return '';
  const asked = /^(.*?)(?::(\d+))?$/.exec(host);
  const name = origin.host ?? asked?.[1] ?? '';
  // An HTTP/1.0 client may have named none.
  if (name === '') throw new FrontdeskError('bad_request', { detail: 'a redirect, and no Host' });
  const scheme = origin.scheme ?? client.scheme;
  const isElsewhere = origin.host !== undefined || scheme !== client.scheme;
  const port = origin.port ?? (isElsewhere ? undefined : asked?.[2]);
  const isUsual = port === undefined || String(port) === (scheme === 'https' ? '443' : '80');
  return `${scheme}://${name}${isUsual ? '' : `:${port}`}`;
}

function parseLocation(text: string): Location | undefined {
  const found = LOCATION.exec(text);
  if (!found) return undefined;
  const [, scheme, host, port, path, query = ''] = found;
  return { scheme, host, port: port === undefined ? undefined : Number(port), path, query };
}

function locationFault(text: string): string | undefined {
  const expected = `expected a path that begins with one /, or an http:// or https:// URL, not "${text}"`;
  // Whatever a browser might read as something else than it says: a backslash is a slash to it.
  if (text === '' || text.startsWith('//') || /[^\x21-\x7e]|\\/.test(text)) return expected;
  const parsed = parseLocation(text);
  if (!parsed) return expected;
  const { host, port, query } = parsed;
  if (host !== undefined && !HOST.test(host)) return `expected a host without parameters, not "${host}"`;
  if (port !== undefined && (port < 1 || port > MAX_PORT))
    return `expected a port from 1 to ${MAX_PORT}, not ${port}`;
  if (/(?:^|[=&]):[A-Za-z]|[=&]\*/.test(query))
    return 'expected parameters in the path alone, not in the query';
  return undefined;
}
